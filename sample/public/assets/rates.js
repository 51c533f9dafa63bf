/** How much a count grows in a second, from what it was at the last look. */
export class Rates {
  #before = new Map();
  #now = new Map();
  #seconds = 0;
  #time;

  /** Begins a look at the counts; what was not looked at in the last one is forgotten. */
  begin(time) {
    this.#seconds = this.#time === undefined ? 0 : (time - this.#time) / 1_000;
    this.#time = time;
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** Undefined where there is nothing to compare with yet. */
  of(name, count) {
    this.#now.set(name, count);
    const before = this.#before.get(name);
    if (before === undefined || this.#seconds <= 0) return undefined;
    // A server that has started anew counts from zero.
    return Math.max(count - before, 0) / this.#seconds;
  }
}
