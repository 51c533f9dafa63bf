/** A value, or a promise of it: a log in memory answers at once, one elsewhere cannot. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value: at once where it is there, so that nothing can happen in between. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
