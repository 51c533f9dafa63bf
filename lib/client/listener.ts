import type { Awaitable } from '../async/awaitable.js';
import type { AnyEvent, Consumer } from './consumers.js';
import { InterruptibleCall } from './interruptible-call.js';

/** Tells a function of events. Where it fails it is told of the next ones all the same. */
export class Listener implements Consumer {
  readonly #call = new InterruptibleCall();

  /** @param onError told of what it throws; answers whether the event is done with */
  constructor(
    private readonly listener: (event: AnyEvent) => unknown,
    private readonly onError: (error: unknown) => boolean,
  ) {}

  take(event: AnyEvent): Awaitable<boolean> {
    return this.#call.make(() => this.listener(event), this.onError);
  }

  drop(): void {
    // What it is given it has.
  }

  finish(): void {
    this.#call.end();
  }
}
