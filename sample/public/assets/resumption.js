/**
 * What a stream brings of the time for which it was paused. The prices carry the server's time; how late it is there
 * at the moment of resuming is known from the last price and how long ago it came.
 */
export class Resumption {
  /** What the server says is missing, in words; empty when it says nothing. */
  gap = '';
  #last;
  #until;
  #newest;
  #longest = 0;
  #fetched = 0;

  constructor({ time, at }) {
    this.#last = time;
    this.#newest = time;
    this.#until = time + (performance.now() - at);
  }

  /** Whether the prices that come now are those of after the pause. */
  get isOver() {
    return this.#newest > this.#until;
  }

  add(time) {
    this.#longest = Math.max(this.#longest, time - this.#newest);
    this.#newest = time;
    if (!this.isOver) this.#fetched++;
  }

  get summary() {
    const seconds = Math.round((this.#until - this.#last) / 1_000);
    const fetched = `Resumed: ${this.#fetched} prices of the last ${seconds} s were fetched`;
    if (this.gap !== '') return `${fetched}. ${this.gap}`;
    return `${fetched}, never more than ${(this.#longest / 1_000).toFixed(1)} s apart. None is missing.`;
  }
}
