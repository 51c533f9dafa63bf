import type { TopicKey } from '../topic-key.js';

/** The names of a hub's keys and channels, all of them in one slot of a Cluster. */
export class RedisKeys {
  readonly #front: string;
  /** What every script is given first. */
  readonly fixed: readonly string[];
  /** Where nodes are told what was appended. */
  readonly tail: string;

  constructor(prefix: string) {
    this.#front = `{${prefix}}:`;
    this.fixed = ['meta', 'topics', 'order', 'due', 'oldest:t', 'oldest:u'].map((name) => this.#front + name);
    this.tail = `${this.#front}tail`;
  }

  /** The records of a topic, and its ids. */
  of(key: TopicKey): [stream: string, ids: string] {
    return [`${this.#front}e:${key}`, `${this.#front}i:${key}`];
  }

  /** Those of all topics, behind the hub's own. */
  ofAll(keys: Iterable<TopicKey>): string[] {
    const all = [...this.fixed];
    for (const key of keys) all.push(...this.of(key));
    return all;
  }

  idempotency(key: string): string {
    return `${this.#front}k:${key}`;
  }

  /** What is written to find out whether anything can be. */
  get probe(): string {
    return `${this.#front}probe`;
  }

  /** Where the records of a topic are told. */
  channel(key: TopicKey): string {
    return `${this.#front}c:${key}`;
  }

  /** The topic that a channel belongs to; undefined for the one of all. */
  topicOf(channel: string): TopicKey | undefined {
    return channel === this.tail ? undefined : (channel.slice(this.#front.length + 2) as TopicKey);
  }
}
