import type { Awaitable } from '../async/awaitable.js';
import type { Consumer } from './consumers.js';

interface Held<Event> {
  readonly event: Event;
  settle(isTaken: boolean): void;
}

/** Hands events to whoever asks for the next one: nothing is read ahead but the one that is offered. */
export class EventIterator<Event> implements AsyncIterableIterator<Event, undefined>, Consumer {
  /** Settle what `next` has answered with. */
  readonly #waiting: ((result: Awaitable<IteratorResult<Event, undefined>>) => void)[] = [];
  #held: Held<Event> | undefined = undefined;
  #isDone = false;
  #error: { readonly error: unknown } | undefined = undefined;

  /** @param leave called when nobody wants more from it */
  constructor(private readonly leave: (iterator: Consumer) => void) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Event, undefined>> {
    const held = this.#held;
    if (held !== undefined) {
      this.#held = undefined;
      held.settle(true);
      return Promise.resolve({ value: held.event, done: false });
    }
    if (this.#isDone) return this.#end();
    return new Promise((settle) => {
      this.#waiting.push(settle);
    });
  }

  return(): Promise<IteratorResult<Event, undefined>> {
    this.finish();
    this.leave(this);
    return Promise.resolve({ value: undefined, done: true });
  }

  take(event: object): Awaitable<boolean> {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting({ value: event as Event, done: false });
      return true;
    }
    return new Promise((settle) => {
      this.#held = { event: event as Event, settle };
    });
  }

  drop(): void {
    this.#held?.settle(false);
    this.#held = undefined;
  }

  finish(error?: unknown): void {
    if (this.#isDone) return;
    this.drop();
    this.#isDone = true;
    if (error !== undefined) this.#error = { error };
    for (const waiting of this.#waiting.splice(0)) waiting(this.#end());
  }

  /** The error comes once, as it does from a generator. */
  #end(): Promise<IteratorResult<Event, undefined>> {
    const failed = this.#error;
    this.#error = undefined;
    return failed === undefined
      ? Promise.resolve({ value: undefined, done: true })
      : Promise.reject(failed.error);
  }
}
