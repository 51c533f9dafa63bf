import { andThen, type Awaitable } from '../async/awaitable.js';

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

  // Async, so that a log that throws is no different from one that rejects.
  async #open(open: () => Awaitable<void>): Promise<void> {
    await andThen(open(), () => {
      this.#isOpen = true;
    });
  }
}
