import type { ExpiringTopic } from '../expiry-schedule.js';
import type { Retention } from '../retention.js';
import { TopicHistory, type GoneRecord, type HistoryState } from '../topic-history.js';
import { isPrivate, type TopicKey } from '../topic-key.js';

// Bytes that a record takes beyond its text, and a topic beyond its name.
export const RECORD_BYTES = 64;
const TOPIC_BYTES = 256;

/** What retention has to know of a record. */
export interface Head extends GoneRecord {
  readonly bytes: number;
  /** When it was published. */
  readonly time: number;
}

/** What a topic is kept as. */
export type TopicState = readonly [
  key: TopicKey,
  size: number,
  bytes: number,
  oldest: number,
  oldestTime: number,
  lastAppend: number,
  history: HistoryState,
];

/** One topic of the log on the disk: what is known of it, its records left aside. */
export class StoredTopic implements ExpiringTopic {
  size = 0;
  bytes = 0;
  /** The offset of the oldest retained record, and when it was published; 0 where there is none. */
  oldest = 0;
  oldestTime = 0;
  /** When the last record was appended. */
  lastAppend = 0;
  due = 0;
  readonly isPrivate: boolean;
  /** The records that are the next to go, as far as they have been looked up. */
  heads: Head[] = [];
  /** Those that are being written. */
  pending: Head[] = [];

  constructor(
    /** Its name in the file. */
    readonly number: number,
    readonly key: TopicKey,
    readonly retention: Retention,
    readonly history: TopicHistory,
  ) {
    this.isPrivate = isPrivate(key);
  }

  static of(number: number, state: TopicState, retention: Retention): StoredTopic {
    const [key, size, bytes, oldest, oldestTime, lastAppend, history] = state;
    const topic = new StoredTopic(number, key, retention, TopicHistory.of(history));
    topic.size = size;
    topic.bytes = bytes;
    topic.oldest = oldest;
    topic.oldestTime = oldestTime;
    topic.lastAppend = lastAppend;
    return topic;
  }

  get state(): TopicState {
    const { key, size, bytes, oldest, oldestTime, lastAppend, history } = this;
    return [key, size, bytes, oldest, oldestTime, lastAppend, history.state];
  }

  /** Bytes of the topic itself. */
  get ownBytes(): number {
    return TOPIC_BYTES + this.key.length;
  }

  /** How many records are to go for the sake of their number; they go some at a time. */
  get surplus(): number {
    const { count } = this.retention;
    return this.size > count + Math.min(64, Math.floor(count / 8)) ? this.size - count : 0;
  }

  append(record: Head): void {
    if (this.size++ === 0) this.#begin(record);
    this.bytes += record.bytes;
    this.lastAppend = record.time;
    this.pending.push(record);
    this.history.append(record.offset, record.id);
  }

  /** The oldest record has gone, which its history knows; the next one is given where there is one. */
  evict({ bytes }: Head, next: Head | undefined): void {
    this.size--;
    this.bytes -= bytes;
    if (next === undefined) this.oldest = 0;
    else this.#begin(next);
  }

  #begin({ offset, time }: Head): void {
    this.oldest = offset;
    this.oldestTime = time;
  }
}
