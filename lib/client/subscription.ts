import type { Awaitable } from '../async/awaitable.js';
import type { Consumer } from './consumers.js';
import { InterruptibleCall } from './interruptible-call.js';

/** Who is told of events, and of the end. */
export interface Observer<Event> {
  next(event: Event): unknown;
  complete(): void;
  error(error: unknown): void;
}

/** Tells an observer, which is waited for where it answers with a promise. One that fails gets nothing more. */
export class Subscription<Event> implements Consumer {
  readonly #call = new InterruptibleCall();

  /** @param leave called when it wants nothing more */
  constructor(
    private readonly observer: Observer<Event>,
    private readonly leave: (subscription: Consumer) => void,
  ) {}

  take(event: object): Awaitable<boolean> {
    return this.#call.make(
      () => this.observer.next(event as Event),
      (error) => this.#fail(error),
    );
  }

  drop(): void {
    // What it is given it has.
  }

  finish(error?: unknown): void {
    if (this.#call.isOver) return;
    this.#call.end();
    if (error === undefined) this.observer.complete();
    else this.observer.error(error);
  }

  /** Wants nothing more, and is told of nothing more. */
  unsubscribe(): void {
    if (this.#call.isOver) return;
    this.#call.end();
    this.leave(this);
  }

  #fail(error: unknown): boolean {
    if (this.#call.isOver) return true;
    this.finish(error);
    this.leave(this);
    return false;
  }
}
