import { now } from './clock.js';
import type {
  EventLog,
  Located,
  LogEntry,
  LogStart,
  LogTail,
  Loss,
  ReadQuery,
  ReadResult,
} from './event-log.js';
import { ExpirySchedule } from './expiry-schedule.js';
import { IdempotencyKeys } from './idempotency-keys.js';
import { idReused, logClosed, logTaken } from './log-errors.js';
import { MemoryBudget } from './memory-budget.js';
import { MergeCursor } from './merge-cursor.js';
import { newEpoch } from './position.js';
import { RetainedRecord } from './retained-record.js';
import { RetainedTopic } from './retained-topic.js';
import { RetentionPolicy, type HistoryDefaults, type MemoryLogOptions } from './retention.js';
import type { TopicKey } from './topic-key.js';

/** What a memory log keeps where its options leave it out. */
export const MEMORY_DEFAULTS: HistoryDefaults = {
  count: 1_000,
  age: 300_000,
  bytes: 1024 * 1024,
  totalBytes: 256 * 1024 * 1024,
  userBytes: 64 * 1024 * 1024,
};

// Most answers tell of none.
const NO_LOSSES: readonly Loss[] = Object.freeze([]);

/**
 * The default log: history in this process' memory, bounded by count, age and bytes. It survives disconnects; a
 * restart begins a new epoch, which clients that come back are told as a gap. A log belongs to one hub.
 * @throws SseError `INVALID_OPTION`
 */
export function memoryLog(options: MemoryLogOptions = {}): MemoryLog {
  return new MemoryLog(new RetentionPolicy('memoryLog', options, MEMORY_DEFAULTS));
}

export class MemoryLog implements EventLog {
  readonly supports = { durable: false, distributed: false } as const;
  readonly epoch = newEpoch();
  readonly #policy: RetentionPolicy;
  readonly #topics = new Map<TopicKey, RetainedTopic>();
  readonly #public: MemoryBudget;
  readonly #private: MemoryBudget;
  readonly #expiry = new ExpirySchedule<RetainedTopic>((topic, time) => this.#expire(topic, time, true));
  readonly #appended: IdempotencyKeys;
  #tail: LogTail | undefined = undefined;
  #end = 0;
  /** Of a topic that is not known (any more), every record up to this offset may be gone. */
  #floor = 0;

  constructor(policy: RetentionPolicy) {
    this.#policy = policy;
    this.#appended = new IdempotencyKeys(policy.idempotencyWindow);
    this.#public = new MemoryBudget(policy.totalBytes);
    this.#private = new MemoryBudget(policy.userBytes);
  }

  /** Bytes of memory that the history takes: public topics with broadcast, and users' private topics. */
  get usage(): { readonly topics: number; readonly bytes: number; readonly userBytes: number } {
    return { topics: this.#topics.size, bytes: this.#public.used, userBytes: this.#private.used };
  }

  /** @throws SseError `INVALID_OPTION` where it is open */
  open(tail: LogTail): number {
    if (this.#tail !== undefined) throw logTaken('memoryLog');
    this.#tail = tail;
    return this.#end;
  }

  append(entry: LogEntry, idempotencyKey?: string): number {
    if (this.#tail === undefined) throw logClosed();
    if (idempotencyKey === undefined) return this.#append(entry);
    return this.#appended.find(idempotencyKey) ?? this.#appended.add(idempotencyKey, this.#append(entry));
  }

  end(): number {
    return this.#end;
  }

  read({ keys, after, later, limit }: ReadQuery): ReadResult {
    const time = now();
    const cursor = new MergeCursor();
    let losses: Loss[] | undefined;
    for (const key of keys) {
      const start = Math.max(later?.get(key) ?? 0, after);
      const topic = this.#expired(key, time);
      const upTo = topic?.evictedUpTo ?? this.#floor;
      if (upTo > start) (losses ??= []).push({ key, upTo, count: topic?.lostAfter(start) });
      if (topic !== undefined) cursor.add(topic, topic.indexAfter(start));
    }
    const records = cursor.take(limit);
    const through = cursor.done ? this.#end : records.at(-1)!.offset;
    return { records, through, end: this.#end, losses: losses ?? NO_LOSSES };
  }

  locate(keys: Iterable<TopicKey>, start: LogStart): Located {
    const time = now();
    const topics: RetainedTopic[] = [];
    const forgiven = new Map<TopicKey, number>();
    for (const key of keys) {
      const topic = this.#expired(key, time);
      const upTo = topic?.evictedUpTo ?? this.#floor;
      if (upTo > 0) forgiven.set(key, upTo);
      if (topic !== undefined) topics.push(topic);
    }
    if (start === 'earliest') return { after: this.#beforeOldest(topics), forgiven, lost: undefined };
    if ('last' in start) return { after: this.#beforeLast(topics, start.last), forgiven, lost: undefined };
    return this.#afterId(topics, start.id, forgiven);
  }

  close(): void {
    this.#tail = undefined;
    this.#expiry.stop();
    this.#appended.clear();
  }

  #append(entry: LogEntry): number {
    this.#refuseReusedId(entry);
    const record = entry.keys.length === 1 ? this.#keepInOne(entry) : this.#keepInAll(entry);
    this.#tail!.committed(record);
    return record.offset;
  }

  #refuseReusedId({ id, keys }: LogEntry): void {
    if (id === undefined) return;
    for (const key of keys) {
      if (this.#topics.get(key)?.isReused(id)) throw idReused(id);
    }
  }

  #budget({ isPrivate }: RetainedTopic): MemoryBudget {
    return isPrivate ? this.#private : this.#public;
  }

  #keepInOne(entry: LogEntry): RetainedRecord {
    const topic = this.#topic(entry.keys[0]!);
    const record = new RetainedRecord(++this.#end, topic.keys, entry);
    record.keptBy = 1;
    const budget = this.#budget(topic);
    budget.add(record);
    this.#retain(topic, record);
    this.#shrink(budget);
    return record;
  }

  #keepInAll(entry: LogEntry): RetainedRecord {
    const topics = entry.keys.map((key) => this.#topic(key));
    const budget = this.#budget(topics[0]!);
    const record = new RetainedRecord(
      ++this.#end,
      topics.map(({ key }) => key),
      entry,
    );
    record.keptBy = topics.length;
    budget.add(record);
    for (const topic of topics) this.#retain(topic, record);
    this.#shrink(budget);
    return record;
  }

  #topic(key: TopicKey): RetainedTopic {
    let topic = this.#topics.get(key);
    if (topic === undefined) {
      topic = new RetainedTopic(key, this.#policy.for(key), this.#floor);
      this.#topics.set(key, topic);
      this.#budget(topic).used += topic.ownBytes;
      this.#expiry.add(topic, now());
    }
    return topic;
  }

  #retain(topic: RetainedTopic, record: RetainedRecord): void {
    if (topic.size === 0) this.#budget(topic).emptyTopics.delete(topic);
    topic.push(record);
    while (topic.overfull) this.#evictOldest(topic);
  }

  #evictOldest(topic: RetainedTopic): void {
    const record = topic.shift();
    if (--record.keptBy === 0) this.#budget(topic).remove(record);
    if (topic.size === 0) this.#budget(topic).emptyTopics.add(topic);
  }

  /** Keeps a budget: topics that hold nothing are forgotten first, and then the oldest records go. */
  #shrink(budget: MemoryBudget): void {
    this.#forgetEmpty(budget);
    while (budget.exceeded && budget.oldest !== undefined) {
      const { offset, keys } = budget.oldest;
      for (const key of keys) {
        const topic = this.#topics.get(key);
        if (topic?.oldest?.offset === offset) this.#evictOldest(topic);
      }
      this.#forgetEmpty(budget);
    }
  }

  #forgetEmpty(budget: MemoryBudget): void {
    if (!budget.exceeded) return;
    for (const topic of budget.emptyTopics) {
      this.#forget(topic);
      if (!budget.exceeded) return;
    }
  }

  /** The topic without what has expired. */
  #expired(key: TopicKey, time: number): RetainedTopic | undefined {
    const topic = this.#topics.get(key);
    if (topic !== undefined) this.#expire(topic, time, false);
    return topic;
  }

  #expire(topic: RetainedTopic, time: number, scheduled: boolean): void {
    const limit = time - topic.retention.age;
    while (topic.oldest !== undefined && topic.oldest.time <= limit) this.#evictOldest(topic);
    if (!scheduled) return;
    // A topic that keeps nothing is remembered as long as an event would be, so that its losses stay its own.
    if (topic.size === 0 && topic.lastAppend <= limit) this.#forget(topic);
    else this.#expiry.add(topic, topic.oldest?.time ?? topic.lastAppend);
  }

  #forget(topic: RetainedTopic): void {
    if (!this.#topics.delete(topic.key)) return;
    this.#floor = Math.max(this.#floor, topic.evictedUpTo);
    const budget = this.#budget(topic);
    budget.used -= topic.ownBytes;
    budget.emptyTopics.delete(topic);
    this.#expiry.remove(topic);
  }

  #beforeOldest(topics: readonly RetainedTopic[]): number {
    let oldest = this.#end + 1;
    for (const topic of topics) oldest = Math.min(oldest, topic.oldest?.offset ?? oldest);
    return oldest - 1;
  }

  #beforeLast(topics: readonly RetainedTopic[], last: number): number {
    const cursor = new MergeCursor();
    for (const topic of topics) cursor.add(topic, topic.endIndex);
    return cursor.offsetBeforeLast(last) ?? this.#end;
  }

  /**
   * A client that names an own id has seen everything up to one of the events that share it: the first, to be sure.
   * Where an earlier one may be forgotten, nobody knows what it has seen.
   */
  #afterId(topics: readonly RetainedTopic[], id: string, forgiven: Located['forgiven']): Located {
    let first: number | undefined;
    let earlierGone = false;
    for (const topic of topics) {
      const found = topic.find(id);
      if (found === undefined) continue;
      earlierGone ||= found.earlierGone;
      first = Math.min(first ?? found.offset, found.offset);
    }
    if (first !== undefined && !earlierGone) return { after: first, forgiven: new Map(), lost: undefined };
    return { after: this.#beforeOldest(topics), forgiven, lost: earlierGone ? 'evicted' : 'unknown-id' };
  }
}
