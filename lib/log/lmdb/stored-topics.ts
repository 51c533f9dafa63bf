import { createHash } from 'node:crypto';
import { now } from '../clock.js';
import type { LogEntry } from '../event-log.js';
import { ExpirySchedule } from '../expiry-schedule.js';
import { decodeRecord, encodeRecord, timeOfPlain } from '../record-text.js';
import type { RetentionPolicy } from '../retention.js';
import { TopicHistory } from '../topic-history.js';
import type { TopicKey } from '../topic-key.js';
import { Changes, type LmdbStore } from './lmdb-store.js';
import { RECORD_BYTES, StoredTopic, type Head } from './stored-topic.js';
import { TopicHeap } from './topic-heap.js';

/** Topics that share a limit. */
class Budget {
  used = 0;
  readonly heap = new TopicHeap();
  /** Those that hold nothing, the longest empty first. */
  readonly empty = new Set<StoredTopic>();

  constructor(readonly limit: number) {}

  get isExceeded(): boolean {
    return this.used > this.limit;
  }

  clear(): void {
    this.used = 0;
    this.heap.clear();
    this.empty.clear();
  }
}

// Records that are looked up at once, and taken away of one topic before it is another's turn.
const HEADS_AT_ONCE = 64;
const SHARE = 16;

// Ids that are longer are known by their hash: a key of the file has at most some 2,000 bytes.
const LONGEST_ID = 200;

/** All topics of the log, with what retention takes away of them; what is to be written of that adds up in `changes`. */
export class StoredTopics {
  changes = new Changes();
  /** Of a topic that is not known (any more), every record up to this offset may be gone. */
  floor = 0;
  /** The offset up to which records are in the file. */
  #written = 0;
  #nextNumber = 1;
  readonly #topics = new Map<TopicKey, StoredTopic>();
  #touched = new Set<StoredTopic>();
  /** The ids that are to be written. */
  #ids = new Map<string, number | undefined>();
  /** The same of what is being written. */
  #writing: { readonly topics: Set<StoredTopic>; readonly ids: Map<string, number | undefined> } | undefined =
    undefined;
  readonly #public: Budget;
  readonly #private: Budget;
  readonly #expiry: ExpirySchedule<StoredTopic>;

  /** @param onExpired something is to be written */
  constructor(
    private readonly store: LmdbStore,
    private readonly policy: RetentionPolicy,
    onExpired: () => void,
  ) {
    this.#public = new Budget(policy.totalBytes);
    this.#private = new Budget(policy.userBytes);
    this.#expiry = new ExpirySchedule((topic, time) => {
      this.evictExpired(topic, time);
      // A topic that keeps nothing is remembered as long as an event would be, so that its losses stay its own.
      if (topic.size === 0 && topic.lastAppend <= time - topic.retention.age) this.#forget(topic);
      else this.#expiry.add(topic, topic.size === 0 ? topic.lastAppend : topic.oldestTime);
      onExpired();
    });
  }

  /** Takes everything from the file; what was to be written is not any more. */
  load(end: number, floor: number): void {
    this.changes = new Changes();
    this.#topics.clear();
    this.#touched.clear();
    this.#ids.clear();
    this.#writing = undefined;
    this.#expiry.stop();
    for (const budget of [this.#public, this.#private]) budget.clear();
    this.#written = end;
    this.floor = floor;
    for (const [number, state] of this.store.topics()) {
      const topic = StoredTopic.of(number, state, this.policy.for(state[0]));
      this.#nextNumber = Math.max(this.#nextNumber, number + 1);
      this.#add(topic);
      this.#budget(topic).used += topic.bytes;
    }
  }

  stop(): void {
    this.#expiry.stop();
  }

  /** Whether something is to be written. */
  get isChanged(): boolean {
    return this.#touched.size > 0 || this.changes.topics.length > 0;
  }

  /** A topic without what has expired. */
  get(key: TopicKey, time: number): StoredTopic | undefined {
    const topic = this.#topics.get(key);
    if (topic !== undefined) this.evictExpired(topic, time);
    return topic;
  }

  /** Whether an id belongs to an event that is not the newest of one of the topics. */
  isReused({ id, keys }: LogEntry): boolean {
    if (id === undefined) return false;
    return keys.some((key) => {
      const topic = this.#topics.get(key);
      return topic !== undefined && topic.history.newestId !== id && this.#firstOf(topic, id) !== undefined;
    });
  }

  append(entry: LogEntry, offset: number): void {
    const text = encodeRecord(entry);
    const bytes = RECORD_BYTES + text.length + 2 * (entry.id?.length ?? 0);
    const record: Head = { offset, id: entry.id, keys: entry.keys, bytes, time: entry.time };
    for (const key of entry.keys) {
      const topic = this.#topics.get(key) ?? this.#create(key);
      const budget = this.#budget(topic);
      this.#touched.add(topic);
      topic.append(record);
      this.changes.records.push(topic.number, offset, text);
      budget.used += bytes;
      if (topic.size === 1) {
        budget.empty.delete(topic);
        budget.heap.add(topic);
      }
      if (entry.id !== undefined && this.#firstOf(topic, entry.id) === undefined)
        this.#setFirst(topic, entry.id, offset);
      if (topic.surplus > 0) this.#evict(topic, topic.surplus);
      while (topic.bytes > topic.retention.bytes && topic.size > 0) this.#evict(topic, 1);
    }
  }

  evictExpired(topic: StoredTopic, time: number): void {
    const limit = time - topic.retention.age;
    while (topic.size > 0 && topic.oldestTime <= limit) if (!this.#evict(topic, 1)) return;
  }

  /** Keeps the budgets: topics that hold nothing are forgotten first, and then the oldest records go. */
  shrink(): void {
    for (const budget of [this.#public, this.#private]) {
      while (budget.isExceeded) {
        const [empty] = budget.empty;
        if (empty !== undefined) {
          this.#forget(empty);
          continue;
        }
        const topic = budget.heap.take();
        if (topic === undefined) break;
        this.#evict(topic, SHARE);
        if (topic.size > 0) budget.heap.add(topic);
      }
    }
  }

  /** What is to be written by now. */
  take(): Changes {
    const { changes } = this;
    this.changes = new Changes();
    return changes;
  }

  /** The last of what is to be written, with what is known of the topics: all of it is on its way from now on. */
  takeLast(): Changes {
    const changes = this.take();
    for (const topic of this.#touched)
      if (this.#topics.get(topic.key) === topic) changes.topics.push([topic.number, topic.state]);
    this.#writing = { topics: this.#touched, ids: this.#ids };
    this.#touched = new Set();
    this.#ids = new Map();
    return changes;
  }

  /** What was taken is in the file; nothing was appended meanwhile. */
  written(end: number): void {
    for (const topic of this.#writing!.topics) {
      topic.pending = [];
    }
    this.#writing = undefined;
    this.#written = end;
  }

  /** The first record of a topic that has the id, as far as it is known or retained. */
  find(topic: StoredTopic, id: string): ReturnType<TopicHistory['find']> {
    return topic.history.find(id, this.#firstOf(topic, id));
  }

  #create(key: TopicKey): StoredTopic {
    const history = new TopicHistory(this.floor);
    const topic = new StoredTopic(this.#nextNumber++, key, this.policy.for(key), history);
    topic.lastAppend = now();
    this.#add(topic);
    return topic;
  }

  #add(topic: StoredTopic): void {
    this.#topics.set(topic.key, topic);
    const budget = this.#budget(topic);
    budget.used += topic.ownBytes;
    if (topic.size > 0) budget.heap.add(topic);
    else budget.empty.add(topic);
    this.#expiry.add(topic, topic.size > 0 ? topic.oldestTime : topic.lastAppend);
  }

  #forget(topic: StoredTopic): void {
    if (this.#topics.get(topic.key) !== topic) return;
    this.#topics.delete(topic.key);
    this.#expiry.remove(topic);
    this.floor = Math.max(this.floor, topic.history.evictedUpTo);
    const budget = this.#budget(topic);
    budget.used -= topic.ownBytes;
    budget.empty.delete(topic);
    this.changes.topics.push([topic.number, undefined]);
  }

  #budget({ isPrivate }: StoredTopic): Budget {
    return isPrivate ? this.#private : this.#public;
  }

  /** Takes the oldest records of a topic away, so many at the most; false where there is none that can go now. */
  #evict(topic: StoredTopic, most: number): boolean {
    const budget = this.#budget(topic);
    this.#touched.add(topic);
    for (let gone = 0; gone < most; gone++) {
      const record = this.#head(topic);
      // What is being written cannot be taken back.
      if (record === undefined || (topic.heads.length === 0 && this.#writing !== undefined)) return gone > 0;
      if (topic.heads.shift() === undefined) topic.pending.shift();
      this.changes.records.push(topic.number, record.offset, undefined);
      budget.used -= record.bytes;
      topic.history.evict(record);
      const next = topic.size > 1 ? this.#head(topic) : undefined;
      topic.evict(record, next);
      if (record.id !== undefined)
        this.#setFirst(topic, record.id, next?.id === record.id ? next.offset : undefined);
    }
    if (topic.size === 0) budget.empty.add(topic);
    return true;
  }

  /** The oldest record: of those in the file as long as there is one, and otherwise of those that are being written. */
  #head(topic: StoredTopic): Head | undefined {
    if (topic.heads.length > 0) return topic.heads[0];
    const from = topic.history.evictedUpTo + 1;
    if (topic.size > topic.pending.length) topic.heads = this.#lookUp(topic, from);
    return topic.heads[0] ?? topic.pending[0];
  }

  #lookUp({ number, key }: StoredTopic, from: number): Head[] {
    const heads: Head[] = [];
    const alone = [key];
    for (const [offset, text] of this.store.records(number, from, this.#written)) {
      const plain = timeOfPlain(text);
      if (plain === undefined) {
        const { id, keys, time } = decodeRecord(offset, text, key);
        heads.push({ offset, id, keys, bytes: RECORD_BYTES + text.length + 2 * (id?.length ?? 0), time });
      } else
        heads.push({ offset, id: undefined, keys: alone, bytes: RECORD_BYTES + text.length, time: plain });
      if (heads.length === HEADS_AT_ONCE) break;
    }
    return heads;
  }

  #firstOf({ number }: StoredTopic, id: string): number | undefined {
    const name = nameOf(id);
    const key = `${number} ${name}`;
    for (const ids of [this.#ids, this.#writing?.ids]) if (ids?.has(key) === true) return ids.get(key);
    return this.store.offsetOf(number, name);
  }

  #setFirst({ number }: StoredTopic, id: string, offset: number | undefined): void {
    const name = nameOf(id);
    this.#ids.set(`${number} ${name}`, offset);
    this.changes.ids.push([[number, name], offset]);
  }
}

/** What an id is called in the file. */
function nameOf(id: string): string {
  return id.length <= LONGEST_ID ? `=${id}` : `#${createHash('sha256').update(id).digest('base64')}`;
}
