import { shown, SseError } from '../errors/sse-error.js';
import { copied } from '../log/copied.js';
import { topicKey, topicKeys, topicOf, userKey, type TopicKey } from '../log/topic-key.js';
import type { Limits } from '../options/limit-options.js';

// Topics whose keys are kept: making them anew, and finding what they name, takes longer than all other checks.
const KEPT = 1_000;

/** The names of topics and users as they come in: of a length that they can have, and not too many. */
export class Names {
  /** The keys of single topics that were published to last. */
  readonly #published = new Map<string, readonly TopicKey[]>();

  constructor(private readonly limits: Limits) {}

  /** @throws SseError `INVALID_TOPIC` */
  topicKey(topic: string): TopicKey {
    const key = topicKey(topic);
    this.#checkLength(key);
    return key;
  }

  /**
   * The keys of one topic or several, each once.
   * @throws SseError `INVALID_TOPIC`
   */
  topicKeys(topics: string | readonly string[]): TopicKey[] {
    const keys = topicKeys(topics);
    for (const key of keys) this.#checkLength(key);
    return keys;
  }

  /**
   * The keys of at least one topic.
   * @throws SseError `INVALID_TOPIC`
   */
  someTopicKeys(topics: string | readonly string[]): readonly TopicKey[] {
    const known = typeof topics === 'string' ? this.#published.get(topics) : undefined;
    if (known !== undefined) return known;
    const keys = this.topicKeys(topics);
    if (typeof topics === 'string') return this.#keep(keys[0]!);
    if (keys.length > 0) return keys;
    throw new SseError('INVALID_TOPIC', 'publish needs at least one topic, but was given an empty array');
  }

  /** @throws SseError `INVALID_USER` */
  userKey(user: string): TopicKey {
    const key = userKey(user);
    if (key.length - 2 <= this.limits.topicLength) return key;
    throw tooLong('INVALID_USER', 'a user', user, this.limits.topicLength);
  }

  /** @throws SseError `TOO_MANY_TOPICS` when a stream would follow so many */
  checkCount(topics: number): void {
    const { topicsPerStream } = this.limits;
    if (topics <= topicsPerStream) return;
    throw new SseError(
      'TOO_MANY_TOPICS',
      `a stream follows at most ${topicsPerStream} topics (limits.topicsPerStream), not ${topics}`,
      { statusCode: 400 },
    );
  }

  #keep(key: TopicKey): readonly TopicKey[] {
    if (this.#published.size === KEPT) this.#published.clear();
    // A name may be a part of a large message, which must not be kept with it.
    const own = copied(key);
    const keys = [own];
    this.#published.set(topicOf(own)!, keys);
    return keys;
  }

  #checkLength(key: TopicKey): void {
    if (key.length - 2 <= this.limits.topicLength) return;
    throw tooLong('INVALID_TOPIC', 'a topic', key.slice(2), this.limits.topicLength);
  }
}

function tooLong(
  code: 'INVALID_TOPIC' | 'INVALID_USER',
  what: string,
  name: string,
  limit: number,
): SseError {
  return new SseError(
    code,
    `${what} has at most ${limit} characters (limits.topicLength), but ${shown(name)} has ${name.length}`,
    { statusCode: 400 },
  );
}
