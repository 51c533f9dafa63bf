import { isPromiseLike, type Awaitable } from '../async/awaitable.js';
import type { ClientEvent } from './client-event.js';

export type AnyEvent = ClientEvent<Record<string, unknown>>;

/** Who takes a client's events, one after the other. */
export interface Consumer {
  /** Takes an event. Answers once the next may come: whether this one was taken, or has to come again. */
  take(event: AnyEvent): Awaitable<boolean>;
  /** Gives back what it was given and has not taken. */
  drop(): void;
  /** There will be no more; with an error where that is why. */
  finish(error?: unknown): void;
}

/** Everybody who takes the events of a client: those who take all, and those who listen to some by name. */
export class Consumers {
  readonly #consumers = new Set<Consumer>();
  readonly #listeners = new Map<string, Set<Consumer>>();

  /** @param onEmpty called when the last of them has gone */
  constructor(private readonly onEmpty: () => void) {}

  get isEmpty(): boolean {
    return this.#consumers.size === 0 && this.#listeners.size === 0;
  }

  /** Whether somebody is told of an end. */
  get isTold(): boolean {
    return this.#consumers.size > 0;
  }

  add(consumer: Consumer): void {
    this.#consumers.add(consumer);
  }

  delete(consumer: Consumer): void {
    if (this.#consumers.delete(consumer) && this.isEmpty) this.onEmpty();
  }

  listen(name: string, listener: Consumer): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, new Set([listener]));
    else listeners.add(listener);
  }

  unlisten(name: string, listener: Consumer): void {
    const listeners = this.#listeners.get(name);
    if (listeners?.delete(listener) !== true) return;
    listener.finish();
    if (listeners.size > 0) return;
    this.#listeners.delete(name);
    if (this.isEmpty) this.onEmpty();
  }

  /** Hands an event to all of them; answers once all are ready for the next, whether all have taken it. */
  deliver(event: AnyEvent): Awaitable<boolean> {
    const answers: Awaitable<boolean>[] = [];
    // Copies: who comes meanwhile begins with the next event, and who goes meanwhile is given nothing any more.
    for (const consumers of [this.#listeners.get(event.type), this.#consumers])
      for (const consumer of Array.from(consumers ?? []))
        if (consumers!.has(consumer)) answers.push(consumer.take(event));
    if (!answers.some(isPromiseLike)) return answers.every(Boolean);
    return Promise.all(answers.map((answer) => Promise.resolve(answer))).then((taken) =>
      taken.every(Boolean),
    );
  }

  drop(): void {
    for (const consumer of this.#consumers) consumer.drop();
  }

  /** Lets all of them go, and answers with them, for their {@link Consumer.finish}. */
  clear(): Consumer[] {
    const all = [...this.#consumers];
    this.#consumers.clear();
    for (const listeners of this.#listeners.values()) {
      all.push(...listeners);
      listeners.clear();
    }
    this.#listeners.clear();
    return all;
  }
}
