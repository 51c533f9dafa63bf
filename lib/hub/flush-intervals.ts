/** Has what waits for the same time done together: one timer for each interval, and none while nothing waits. */
export class FlushIntervals<T> {
  readonly #waiting = new Map<number, T[]>();

  constructor(private readonly onDue: (due: readonly T[]) => void) {}

  /** @param interval milliseconds; the first that comes waits as long, and the others with it */
  add(one: T, interval: number): void {
    const waiting = this.#waiting.get(interval);
    if (waiting !== undefined) {
      waiting.push(one);
      return;
    }
    this.#waiting.set(interval, [one]);
    setTimeout(() => this.#end(interval), interval).unref();
  }

  #end(interval: number): void {
    const due = this.#waiting.get(interval)!;
    this.#waiting.delete(interval);
    this.onDue(due);
  }
}
