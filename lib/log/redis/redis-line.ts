import { wait } from '../../async/wait.js';
import { SseError } from '../../errors/sse-error.js';
import { isElsewhere, movedTo, toErrorReply } from './error-reply.js';
import type { LinkEvents, RedisLink, RedisServer, RedisServers } from './redis-link.js';

/** What uses a line. */
export interface LineUser {
  /** A connection is there; where this rejects, it is given up for another. */
  onUp(link: RedisLink): Promise<void>;
  /** It is the line's by now. */
  onReady?(): void;
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

  /**
   * @param patience milliseconds in which a server has to be ready for what the line is wanted for: one that stands still
   * takes connections as before, and answers nothing
   */
  constructor(
    private readonly servers: RedisServers,
    private readonly user: LineUser,
    private readonly patience: number,
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
    const events: LinkEvents = {
      onMessage: (channel, message) => this.user.onMessage?.(channel, message),
      onClosed,
    };
    let link: RedisLink | undefined;
    try {
      link = await this.#inTime((signal) => server.connect(events, signal));
      this.#made = link;
      const made = link;
      await this.#inTime(() => this.user.onUp(made));
    } catch (error) {
      this.user.onRefused?.(error);
      if (link !== undefined) await this.follow(error, link).catch(() => undefined);
      link?.close();
      return false;
    }
    this.#link = link;
    this.#pauses = 0;
    this.user.onReady?.();
    await closed;
    this.#link = undefined;
    this.user.onDown?.();
    this.#next ??= server;
    return true;
  }

  /** What comes of an attempt, or a rejection when it takes too long, or nobody wants it any more. */
  #inTime<T>(attempt: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const closing = this.#closing.signal;
    const given = new AbortController();
    return new Promise((resolve, reject) => {
      const giveUp = (error: SseError) => {
        clearTimeout(timer);
        reject(error);
        given.abort();
      };
      const onClose = () => giveUp(new SseError('HUB_CLOSED', 'the log is closed'));
      const onLate = () =>
        giveUp(new SseError('LOG_UNAVAILABLE', `the server has not answered within ${this.patience} ms`));
      const timer = setTimeout(onLate, this.patience);
      closing.addEventListener('abort', onClose);
      attempt(given.signal)
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          closing.removeEventListener('abort', onClose);
        });
      if (closing.aborted) onClose();
    });
  }
}
