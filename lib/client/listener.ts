import { isPromiseLike, type Awaitable } from '../async/awaitable.js';
import type { AnyEvent, Consumer } from './consumers.js';
import { Interruptible } from './interruptible.js';

/** Tells a function of events. Where it fails it is told of the next ones all the same. */
export class Listener implements Consumer {
  readonly #busy = new Interruptible();

  /** @param onError told of what it throws; answers whether the event is done with */
  constructor(
    private readonly listener: (event: AnyEvent) => unknown,
    private readonly onError: (error: unknown) => boolean,
  ) {}

  take(event: AnyEvent): Awaitable<boolean> {
    try {
      const result = this.listener(event);
      if (!isPromiseLike(result)) return true;
      return this.#busy.wait(Promise.resolve(result).then(() => true, this.onError));
    } catch (error) {
      return this.onError(error);
    }
  }

  drop(): void {
    // What it is given it has.
  }

  finish(): void {
    this.#busy.end();
  }
}
