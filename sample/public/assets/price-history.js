// Ten minutes at one price a second.
const MOST_PRICES = 600;

/** The prices of one symbol that the page has received, as columns of a chart: seconds since 1970, and the price. */
export class PriceHistory {
  times = [];
  prices = [];
  first = undefined;
  received = 0;
  lowest = Infinity;
  highest = -Infinity;

  get latest() {
    return this.prices.at(-1);
  }

  /** Takes a price; false when it is one that was there before, which a stream may send once more as it resumes. */
  add(milliseconds, price) {
    const time = milliseconds / 1_000;
    if (this.times.length > 0 && time <= this.times.at(-1)) return false;
    this.first ??= price;
    this.received++;
    this.lowest = Math.min(this.lowest, price);
    this.highest = Math.max(this.highest, price);
    this.#push(time, price);
    return true;
  }

  /** Has the line end here: prices are missing, and nothing is drawn where they were. */
  break() {
    if (this.times.length > 0) this.#push(this.times.at(-1) + 0.001, null);
  }

  #push(time, price) {
    this.times.push(time);
    this.prices.push(price);
    if (this.times.length <= MOST_PRICES) return;
    this.times.shift();
    this.prices.shift();
  }
}
