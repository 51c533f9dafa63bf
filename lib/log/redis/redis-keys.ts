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

  /** The nodes, by when they were last there. */
  get nodes(): string {
    return `${this.#front}nodes`;
  }

  /** The streams of a node. */
  node(node: string): string {
    return `${this.#front}n:${node}`;
  }

  /** Who follows a topic. */
  attendants(key: TopicKey): string {
    return `${this.#front}p:${key}`;
  }

  /** Where it is told who comes to a topic and goes. */
  attendance(key: TopicKey): string {
    return `${this.#front}w:${key}`;
  }

  /** What a channel is for. */
  read(
    channel: string,
  ): { readonly of: 'tail' } | { readonly of: 'records' | 'attendance'; readonly key: TopicKey } {
    if (channel === this.tail) return { of: 'tail' };
    const key = channel.slice(this.#front.length + 2) as TopicKey;
    return { of: channel.charAt(this.#front.length) === 'c' ? 'records' : 'attendance', key };
  }
}
