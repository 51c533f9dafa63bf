/** A value, or a promise of it: a log in memory answers at once, one elsewhere cannot. */
export type Awaitable<T> = T | Promise<T>;

/** Whether the value has to be waited for, as `await` tells it: a promise may be of another realm or library. */
export function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof (value as Partial<PromiseLike<T>>).then === 'function';
}

/** Goes on with a value: at once where it is there, so that nothing can happen in between. */
export function andThen<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return isPromiseLike(value) ? Promise.resolve(value).then(next) : next(value);
}
