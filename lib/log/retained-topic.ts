import { textBytes, type RetainedRecord } from './retained-record.js';
import type { Retention } from './retention.js';
import { TopicHistory } from './topic-history.js';
import { isPrivate, type TopicKey } from './topic-key.js';

// Bytes of heap of a topic without records and without the characters of its name: the topic, its arrays, its slots in
// the maps that know it.
const TOPIC_BYTES = 512;

/** One topic of the memory log: its retained records, and what is known of those that are gone. */
export class RetainedTopic {
  bytes = 0;
  /** When the last record was appended. */
  lastAppend = 0;
  /** When the expiry schedule looks at this topic next. */
  due = 0;
  /** Whether it is a user's. */
  readonly isPrivate: boolean;
  /** For records that were published to this topic alone. */
  readonly keys: readonly TopicKey[];
  /** Bytes of memory of the topic itself. */
  readonly ownBytes: number;
  readonly #history: TopicHistory;
  /** The offset of the first retained record that has the own id. */
  #ids: Map<string, number> | undefined = undefined;
  // A queue: records[start..], compacted when half of it is gone.
  #records: (RetainedRecord | undefined)[] = [];
  #start = 0;

  constructor(
    readonly key: TopicKey,
    readonly retention: Retention,
    floor: number,
  ) {
    this.isPrivate = isPrivate(key);
    this.keys = [key];
    this.ownBytes = TOPIC_BYTES + textBytes(key);
    this.#history = new TopicHistory(floor);
  }

  /** Every record of this topic up to this offset may be gone; none behind it is. */
  get evictedUpTo(): number {
    return this.#history.evictedUpTo;
  }

  get size(): number {
    return this.#records.length - this.#start;
  }

  get oldest(): RetainedRecord | undefined {
    return this.#records[this.#start];
  }

  /** Whether one of the limits that do not depend on time is exceeded. */
  get overfull(): boolean {
    return this.size > this.retention.count || this.bytes > this.retention.bytes;
  }

  /** Whether the id belongs to an event that is not the newest of this topic. */
  isReused(id: string): boolean {
    return id !== this.#history.newestId && this.#ids?.has(id) === true;
  }

  push(record: RetainedRecord): void {
    this.#records.push(record);
    this.bytes += record.bytes;
    this.lastAppend = record.time;
    this.#history.append(record.offset, record.id);
    if (record.id === undefined) return;
    this.#ids ??= new Map();
    if (!this.#ids.has(record.id)) this.#ids.set(record.id, record.offset);
  }

  /** Takes the oldest record away; there must be one. */
  shift(): RetainedRecord {
    const record = this.oldest!;
    this.#records[this.#start++] = undefined;
    this.bytes -= record.bytes;
    this.#history.evict(record);
    if (record.id !== undefined) this.#forgetId(record.id);
    if (this.#start > 16 && this.#start * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#start);
      this.#start = 0;
    }
    return record;
  }

  /** The place of the first record behind the offset, for {@link at}. */
  indexAfter(offset: number): number {
    let low = this.#start;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#records[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(index: number): RetainedRecord | undefined {
    return index < this.#start ? undefined : this.#records[index];
  }

  /** The place behind the newest record, for {@link at}. */
  get endIndex(): number {
    return this.#records.length;
  }

  /** How many records behind the offset are gone; undefined where that is not known exactly. */
  lostAfter(offset: number): number | undefined {
    return this.#history.lostAfter(offset);
  }

  /** The offset of the first record that has the own id, and whether an earlier one that had it may be forgotten. */
  find(id: string): { readonly offset: number; readonly earlierGone: boolean } | undefined {
    return this.#history.find(id, this.#ids?.get(id));
  }

  #forgetId(id: string): void {
    const next = this.oldest;
    if (next?.id === id) this.#ids!.set(id, next.offset);
    else this.#ids!.delete(id);
  }
}
