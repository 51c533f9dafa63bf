/** What the events of all contenders are called. */
export const EVENT_NAME = 'tick';

const SMALL = 'x'.repeat(64);

/** Data of the usual size, where nobody looks at the time. */
export function dataOf(n) {
  return { n, t: 0, text: SMALL };
}

/**
 * The data of the next events: about a hundred bytes of JSON each, unless a longer text is asked for. The load client
 * tells them apart by their number, and knows how long they took by their time, in nanoseconds of the clock that it
 * reads itself.
 */
export class EventSequence {
  #number = 0;
  #text;

  constructor(textLength = SMALL.length) {
    this.#text = textLength === SMALL.length ? SMALL : 'x'.repeat(textLength);
  }

  next() {
    const [seconds, nanoseconds] = process.hrtime();
    return { n: ++this.#number, t: seconds * 1e9 + nanoseconds, text: this.#text };
  }

  take(count) {
    return Array.from({ length: count }, () => this.next());
  }
}
