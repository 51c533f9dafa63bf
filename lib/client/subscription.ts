import { isPromiseLike, type Awaitable } from '../async/awaitable.js';
import type { Consumer } from './consumers.js';
import { thrown } from './failure.js';
import { Interruptible } from './interruptible.js';

/** Who is told of events, and of the end. */
export interface Observer<Event> {
  next(event: Event): unknown;
  complete(): void;
  error(error: unknown): void;
}

/** Tells an observer, which is waited for where it answers with a promise. One that fails gets nothing more. */
export class Subscription<Event> implements Consumer {
  readonly #busy = new Interruptible();
  #isOver = false;

  /** @param leave called when it wants nothing more */
  constructor(
    private readonly observer: Observer<Event>,
    private readonly leave: (subscription: Consumer) => void,
  ) {}

  take(event: object): Awaitable<boolean> {
    try {
      const result = this.observer.next(event as Event);
      if (!isPromiseLike(result)) return true;
      return this.#busy.wait(
        Promise.resolve(result).then(
          () => true,
          (error: unknown) => this.#fail(error),
        ),
      );
    } catch (error) {
      return this.#fail(error);
    }
  }

  drop(): void {
    // What it is given it has.
  }

  finish(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#busy.end();
    if (error === undefined) this.observer.complete();
    else this.observer.error(error);
  }

  /** Wants nothing more, and is told of nothing more. */
  unsubscribe(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#busy.end();
    this.leave(this);
  }

  #fail(error: unknown): boolean {
    if (this.#isOver) return true;
    this.#busy.end(false);
    this.finish(thrown(error));
    this.leave(this);
    return false;
  }
}
