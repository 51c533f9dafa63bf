interface Waiting<T> {
  readonly ones: Set<T>;
  readonly timer: NodeJS.Timeout;
}

/** Has what waits for the same time done together: one timer for each interval, and none while nothing waits. */
export class FlushIntervals<T> {
  readonly #waiting = new Map<number, Waiting<T>>();

  constructor(private readonly onDue: (due: Iterable<T>) => void) {}

  /** @param interval milliseconds; the first that comes waits as long, and the others with it */
  add(one: T, interval: number): void {
    const waiting = this.#waiting.get(interval);
    if (waiting !== undefined) {
      waiting.ones.add(one);
      return;
    }
    const timer = setTimeout(() => this.#end(interval), interval).unref();
    this.#waiting.set(interval, { ones: new Set([one]), timer });
  }

  delete(one: T, interval: number): void {
    const waiting = this.#waiting.get(interval);
    if (waiting?.ones.delete(one) !== true || waiting.ones.size > 0) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(interval);
  }

  clear(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #end(interval: number): void {
    const { ones } = this.#waiting.get(interval)!;
    this.#waiting.delete(interval);
    this.onDue(ones);
  }
}
