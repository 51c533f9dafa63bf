import { wait } from '../../async/wait.js';
import { SseError } from '../../errors/sse-error.js';
import { isElsewhere, movedTo, toErrorReply } from './error-reply.js';
import type { RedisLink, RedisServer, RedisServers } from './redis-link.js';

/** What uses a line. */
export interface LineUser {
  /** A connection is there; where this rejects, it is given up for another. */
  onUp(link: RedisLink): Promise<void>;
  /** It is gone. */
  onDown?(): void;
  /** There is none, or what it was wanted for has failed. */
  onRefused?(error: unknown): void;
  onMessage?(channel: string, message: string): void;
}

// Milliseconds between two attempts to connect: doubled each time, with as much again at random.
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

/** Keeps one connection to the server that has the hub's keys, however often that is another. */
export class RedisLine {
  readonly #closing = new AbortController();
  #link: RedisLink | undefined = undefined;
  /** The same, before its user has been told. */
  #made: RedisLink | undefined = undefined;
  /** The server to try first: the one that was the right one, or that another has named. */
  #next: RedisServer | undefined = undefined;
  #running: Promise<void> | undefined = undefined;
  #pauses = 0;

  constructor(
    private readonly servers: RedisServers,
    private readonly user: LineUser,
  ) {}

  /** The connection, once its user has been told that it is up. */
  get link(): RedisLink | undefined {
    return this.#link;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Looks for the right server, where what one has answered says that it is another. */
  async follow(error: unknown, link: RedisLink): Promise<void> {
    const reply = toErrorReply(error);
    if (reply === undefined || !isElsewhere(reply)) return;
    const place = movedTo(reply);
    this.#next = place && (await this.servers.at(place.host, place.port));
    link.close();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#made?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#connect();
      if (signal.aborted) return;
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#pauses++);
      await wait(longest * (0.5 + Math.random() / 2), signal);
    }
  }

  /** Tries the servers one after the other; resolves when there is no connection (any more). */
  async #connect(): Promise<void> {
    const first = this.#next;
    this.#next = undefined;
    const known = await this.servers.known().catch((error: unknown): readonly RedisServer[] => {
      this.user.onRefused?.(error);
      return [];
    });
    for (const server of first === undefined ? known : [first, ...known]) {
      if (await this.#use(server)) return;
      // Another was named: it comes first.
      if (this.#next !== undefined || this.#closing.signal.aborted) return;
    }
  }

  /** Answers, when the connection is gone, whether it had been of use. */
  async #use(server: RedisServer): Promise<boolean> {
    let onClosed!: () => void;
    const closed = new Promise<void>((resolve) => (onClosed = resolve));
    const connecting = server.connect({
      onMessage: (channel, message) => this.user.onMessage?.(channel, message),
      onClosed,
    });
    let link: RedisLink;
    try {
      link = await this.#unlessClosed(connecting);
      this.#made = link;
    } catch (error) {
      this.user.onRefused?.(error);
      return false;
    }
    try {
      await this.user.onUp(link);
    } catch (error) {
      this.user.onRefused?.(error);
      await this.follow(error, link).catch(() => undefined);
      link.close();
      return false;
    }
    this.#link = link;
    this.#pauses = 0;
    await closed;
    this.#link = undefined;
    this.user.onDown?.();
    this.#next ??= server;
    return true;
  }

  /** What comes of an attempt, or a rejection as soon as nobody wants it any more. */
  #unlessClosed(connecting: Promise<RedisLink>): Promise<RedisLink> {
    const { signal } = this.#closing;
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(new SseError('HUB_CLOSED', 'the log is closed'));
      signal.addEventListener('abort', onAbort);
      connecting
        .then((link) => {
          if (signal.aborted) link.close();
          resolve(link);
        }, reject)
        .finally(() => signal.removeEventListener('abort', onAbort));
    });
  }
}
