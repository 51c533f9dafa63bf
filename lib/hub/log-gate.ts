import { andThen, type Awaitable } from '../async/awaitable.js';
import { SseError } from '../errors/sse-error.js';

// Milliseconds for which an event waits for the log to be open, and how many do so at the most.
const PATIENCE_MS = 5_000;
const MOST_WAITING = 10_000;

/** Keeps what wants to use the log waiting until it is open. */
export class LogGate {
  /** Resolves when the log is open; rejects when it cannot be. */
  readonly opened: Promise<void>;
  #isOpen = false;
  #waiting = 0;

  constructor(open: () => Awaitable<void>) {
    this.opened = this.#open(open);
    // Whoever waits for it is told; nobody must be struck by it.
    this.opened.catch(() => undefined);
  }

  /** Whether nobody has to wait. */
  get isFree(): boolean {
    return this.#isOpen && this.#waiting === 0;
  }

  /** Does something with the open log: at once where it is open, and in the order of the calls in any case. */
  pass<T>(act: () => Awaitable<T>): Promise<T> {
    if (this.isFree) return Promise.resolve(act());
    this.#waiting++;
    return this.opened.then(() => {
      this.#waiting--;
      return act();
    });
  }

  /**
   * The same for what must not wait for ever.
   * @throws SseError (rejects with) `LOG_UNAVAILABLE`
   */
  passInTime<T>(act: () => Awaitable<T>): Promise<T> {
    if (this.isFree) return Promise.resolve(act());
    if (this.#waiting >= MOST_WAITING) return Promise.reject(notOpen());
    return new Promise((resolve, reject) => {
      let isLate = false;
      const patience = setTimeout(() => {
        isLate = true;
        reject(notOpen());
      }, PATIENCE_MS);
      this.pass(() => (isLate ? undefined : act()))
        .then((value) => resolve(value as T), reject)
        .finally(() => clearTimeout(patience));
    });
  }

  // Async, so that a log that throws is no different from one that rejects.
  async #open(open: () => Awaitable<void>): Promise<void> {
    await andThen(open(), () => {
      this.#isOpen = true;
    });
  }
}

function notOpen(): SseError {
  return new SseError('LOG_UNAVAILABLE', 'the log is not open yet; nothing of this is in it');
}
