import type { RedisLink } from './redis-link.js';

// Channels that are named in one command.
const AT_ONCE = 500;

// Milliseconds for which a channel that nobody needs any more is still listened to: clients come back.
const LINGER_MS = 2_000;

/** The channels that a node listens to, whatever connection there is for it. */
export class Channels {
  readonly #wanted = new Set<string>();
  #link: RedisLink | undefined = undefined;
  readonly #listened = new Set<string>();
  readonly #added = new Set<string>();
  readonly #left = new Set<string>();
  #timer: NodeJS.Timeout | undefined = undefined;

  add(channel: string): void {
    this.#wanted.add(channel);
    this.#left.delete(channel);
    if (this.#link === undefined || this.#listened.has(channel)) return;
    if (this.#added.size === 0) queueMicrotask(() => this.#listen());
    this.#added.add(channel);
  }

  delete(channel: string): void {
    this.#wanted.delete(channel);
    if (this.#link === undefined) return;
    this.#left.add(channel);
    this.#timer ??= setTimeout(() => this.#leave(), LINGER_MS).unref();
  }

  /** Listens to all of them on a new connection. */
  async listen(link: RedisLink): Promise<void> {
    this.stop();
    this.#link = link;
    await this.#subscribe(link, [...this.#wanted]);
  }

  /** The connection is gone. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#link = undefined;
    this.#listened.clear();
    this.#added.clear();
    this.#left.clear();
  }

  #listen(): void {
    const link = this.#link;
    const added = [...this.#added].filter((channel) => this.#wanted.has(channel));
    this.#added.clear();
    // What is not told by the channel meanwhile is found in another way.
    if (link !== undefined) this.#subscribe(link, added).catch(() => link.close());
  }

  #leave(): void {
    this.#timer = undefined;
    const link = this.#link!;
    const left = [...this.#left].filter(
      (channel) => !this.#wanted.has(channel) && this.#listened.delete(channel),
    );
    this.#left.clear();
    if (left.length > 0) link.unsubscribe(left).catch(() => link.close());
  }

  async #subscribe(link: RedisLink, channels: readonly string[]): Promise<void> {
    for (const channel of channels) this.#listened.add(channel);
    for (let from = 0; from < channels.length; from += AT_ONCE)
      await link.subscribe(channels.slice(from, from + AT_ONCE));
  }
}
