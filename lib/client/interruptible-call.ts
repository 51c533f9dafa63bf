import { isPromiseLike, type Awaitable } from '../async/awaitable.js';
import { thrown } from './failure.js';

/** Calls a consumer's function, one call at a time, and waits for it, but not for one that is gone. */
export class InterruptibleCall {
  #isOver = false;
  #settle: ((isTaken: boolean) => void) | undefined = undefined;

  /**
   * Answers once the function is done with its event: whether that was taken.
   * @param onError told of what it throws; answers in its place
   */
  make(call: () => unknown, onError: (error: unknown) => boolean): Awaitable<boolean> {
    try {
      const result = call();
      if (!isPromiseLike(result) || this.#isOver) return true;
      return new Promise((resolve) => {
        this.#settle = resolve;
        void Promise.resolve(result).then(
          () => resolve(true),
          (error: unknown) => {
            // What it answers counts, also where it has the consumer go.
            this.#settle = undefined;
            resolve(onError(thrown(error)));
          },
        );
      });
    } catch (error) {
      return onError(thrown(error));
    }
  }

  /** Whether the consumer is gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** It is gone: what it was given it has. */
  end(): void {
    this.#isOver = true;
    this.#settle?.(true);
  }
}
