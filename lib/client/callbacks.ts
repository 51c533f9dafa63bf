import { thrown } from './failure.js';

/** Functions that are told of one thing. */
export class Callbacks<Arguments extends readonly unknown[]> {
  readonly #callbacks = new Set<(...about: Arguments) => void>();

  /** @param onError told of what one of them throws, which keeps nobody else from being told */
  constructor(private readonly onError: (error: unknown) => void) {}

  get isEmpty(): boolean {
    return this.#callbacks.size === 0;
  }

  /** @returns takes it off again */
  add(callback: (...about: Arguments) => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  tell(...about: Arguments): void {
    for (const callback of Array.from(this.#callbacks)) {
      try {
        callback(...about);
      } catch (error) {
        this.onError(thrown(error));
      }
    }
  }
}
