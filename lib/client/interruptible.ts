import type { Awaitable } from '../async/awaitable.js';

/** Waits for what a consumer is busy with, but not for one that is gone. */
export class Interruptible {
  #isOver = false;
  #settle: ((isTaken: boolean) => void) | undefined = undefined;

  /** @param busy what it is busy with, which does not fail: whether the event was taken */
  wait(busy: PromiseLike<boolean>): Awaitable<boolean> {
    if (this.#isOver) return true;
    return new Promise((resolve) => {
      this.#settle = resolve;
      void busy.then(resolve);
    });
  }

  /** It is gone; what it was given it has, unless it says otherwise. */
  end(isTaken = true): void {
    this.#isOver = true;
    this.#settle?.(isTaken);
  }
}
