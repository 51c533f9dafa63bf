import type { LogRecord } from '../log/event-log.js';

// How many are kept at the most, and with how many characters.
const MOST = 8_192;
const MOST_CHARACTERS = 1024 * 1024;

/** The records that were handed on last: for streams that have read a log which has gone on while it answered. */
export class RecentRecords {
  /** A queue: records[start..], compacted when half of it is gone. */
  #records: LogRecord[] = [];
  #start = 0;
  #characters = 0;
  /** Everything behind this offset is there. */
  #from = Infinity;

  /** Begins anew: what lies up to the offset is not there. */
  begin(offset: number): void {
    this.#records = [];
    this.#start = 0;
    this.#characters = 0;
    this.#from = offset;
  }

  add(record: LogRecord): void {
    this.#records.push(record);
    this.#characters += record.body.length;
    while (this.#records.length - this.#start > MOST || this.#characters > MOST_CHARACTERS) {
      const oldest = this.#records[this.#start++]!;
      this.#characters -= oldest.body.length;
      this.#from = oldest.offset;
    }
    if (this.#start <= MOST || this.#start * 2 < this.#records.length) return;
    this.#records = this.#records.slice(this.#start);
    this.#start = 0;
  }

  /** Those behind an offset, up to another; undefined where some of them are not there any more. */
  between(after: number, upTo: number): readonly LogRecord[] | undefined {
    if (after < this.#from) return undefined;
    let first = this.#records.length;
    while (first > this.#start && this.#records[first - 1]!.offset > after) first--;
    return this.#records.slice(first).filter(({ offset }) => offset <= upTo);
  }
}
