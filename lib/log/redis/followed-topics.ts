import type { TopicKey } from '../topic-key.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';

// Channels that are named in one command.
const AT_ONCE = 500;

// Milliseconds for which a topic that nobody follows any more is still listened to: clients come back.
const LINGER_MS = 2_000;

/** The topics that somebody follows, and the channels that are listened to for them. */
export class FollowedTopics {
  readonly #topics = new Set<TopicKey>();
  #link: RedisLink | undefined = undefined;
  #isListened = new Set<TopicKey>();
  #added = new Set<TopicKey>();
  #left = new Set<TopicKey>();
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(private readonly keys: RedisKeys) {}

  has(key: TopicKey): boolean {
    return this.#topics.has(key);
  }

  [Symbol.iterator](): Iterator<TopicKey> {
    return this.#topics[Symbol.iterator]();
  }

  add(key: TopicKey): void {
    this.#topics.add(key);
    this.#left.delete(key);
    if (this.#link === undefined || this.#isListened.has(key)) return;
    if (this.#added.size === 0) queueMicrotask(() => this.#listen());
    this.#added.add(key);
  }

  delete(key: TopicKey): void {
    this.#topics.delete(key);
    if (this.#link === undefined) return;
    this.#left.add(key);
    this.#timer ??= setTimeout(() => this.#leave(), LINGER_MS).unref();
  }

  /** Listens to the log's end and to all of the topics on a new connection. */
  async listen(link: RedisLink): Promise<void> {
    this.stop();
    this.#link = link;
    this.#isListened = new Set(this.#topics);
    await link.subscribe([this.keys.tail]);
    await this.#subscribe(link, [...this.#topics]);
  }

  /** The connection is gone. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#link = undefined;
    this.#isListened.clear();
    this.#added.clear();
    this.#left.clear();
  }

  #listen(): void {
    const link = this.#link;
    const added = [...this.#added].filter((key) => this.#topics.has(key));
    this.#added.clear();
    if (link === undefined || added.length === 0) return;
    for (const key of added) this.#isListened.add(key);
    // What is not told by the channel meanwhile is read.
    this.#subscribe(link, added).catch(() => link.close());
  }

  #leave(): void {
    this.#timer = undefined;
    const link = this.#link!;
    const left = [...this.#left].filter((key) => !this.#topics.has(key) && this.#isListened.delete(key));
    this.#left.clear();
    if (left.length === 0) return;
    const channels = left.map((key) => this.keys.channel(key));
    link.unsubscribe(channels).catch(() => link.close());
  }

  async #subscribe(link: RedisLink, topics: readonly TopicKey[]): Promise<void> {
    const channels = topics.map((key) => this.keys.channel(key));
    for (let from = 0; from < channels.length; from += AT_ONCE)
      await link.subscribe(channels.slice(from, from + AT_ONCE));
  }
}
