/** Has what waits for the same time done together: one timer for each interval, and none while nothing waits. */
export class FlushIntervals<T> {
  readonly #waiting = new Map<number, Set<T>>();

  constructor(private readonly onDue: (due: Iterable<T>) => void) {}

  /** @param interval milliseconds; the first that comes waits as long, and the others with it */
  add(one: T, interval: number): void {
    const waiting = this.#waiting.get(interval);
    if (waiting !== undefined) {
      waiting.add(one);
      return;
    }
    this.#waiting.set(interval, new Set([one]));
    setTimeout(() => this.#end(interval), interval).unref();
  }

  delete(one: T, interval: number): void {
    this.#waiting.get(interval)?.delete(one);
  }

  #end(interval: number): void {
    const due = this.#waiting.get(interval)!;
    this.#waiting.delete(interval);
    this.onDue(due);
  }
}
