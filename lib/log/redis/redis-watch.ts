import type { RedisTail } from './redis-tail.js';

/** What is done at each look. */
export interface Watched {
  readonly tail: RedisTail;
  /** Whether messages are listened to. */
  readonly isListening: boolean;
  /** Messages have been lost although they are listened to: listens anew. */
  listenAnew(): void;
  /** Takes away what is too old. */
  sweep(): Promise<void>;
}

// Milliseconds between two looks while there are no messages.
const IMPATIENCE_MS = 100;

/** Looks at the log's end from time to time: what no message has told is found then, and what is too old is taken away. */
export class RedisWatch {
  #timer: NodeJS.Timeout | undefined = undefined;
  /** The log's end at the last look, where messages were listened to. */
  #seen = 0;
  /** The same at the first look since: up to there no message may have come. */
  #from: number | undefined = undefined;
  /** When the log's end was last known, by `performance.now()`. */
  looked = 0;
  #isOver = false;

  constructor(
    private readonly watched: Watched,
    private readonly interval: number,
  ) {}

  start(): void {
    this.looked = performance.now();
    this.#plan();
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #plan(): void {
    if (this.#isOver) return;
    const interval = this.watched.isListening ? this.interval : Math.min(IMPATIENCE_MS, this.interval);
    this.#timer = setTimeout(() => {
      // Without a connection there is nothing to see; it is looked again when there is one.
      void this.#look()
        .catch(() => undefined)
        .then(() => this.#plan());
    }, interval).unref();
  }

  async #look(): Promise<void> {
    const { tail, isListening } = this.watched;
    const isLost = isListening && this.#seen > Math.max(tail.notified, this.#from ?? 0);
    const end = await tail.check();
    this.looked = performance.now();
    if (isLost) this.watched.listenAnew();
    this.#expect(isListening && !isLost ? end : undefined);
    await this.watched.sweep();
  }

  /** @param end what is known by now, and must have been told at the next look; undefined where nobody listens */
  #expect(end: number | undefined): void {
    this.#seen = end ?? 0;
    if (end === undefined) this.#from = undefined;
    else this.#from ??= end;
  }
}
