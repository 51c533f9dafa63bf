import { shown, SseError } from '../../errors/sse-error.js';
import { now } from '../clock.js';
import type {
  EventLog,
  Located,
  LogEntry,
  LogRecord,
  LogStart,
  LogTail,
  Loss,
  ReadQuery,
  ReadResult,
} from '../event-log.js';
import { logClosed, logTaken } from '../log-errors.js';
import { newEpoch } from '../position.js';
import { decodeRecord } from '../record-text.js';
import type { TopicKey } from '../topic-key.js';
import { bootId, isSameBoot } from './boot.js';
import {
  resolveLmdbLogOptions,
  type LmdbLogOptions,
  type ResolvedLmdbLogOptions,
} from './lmdb-log-options.js';
import { LmdbStore, type LogMeta } from './lmdb-store.js';
import { LogWriter } from './log-writer.js';
import { Merge } from './merge.js';
import { Ownership } from './ownership.js';
import type { StoredTopic } from './stored-topic.js';
import { StoredTopics } from './stored-topics.js';

// Epochs that are remembered.
const EPOCHS = 16;

/**
 * A log on the disk, in a file of LMDB: history that survives restarts of the process, and its end at any moment. A folder
 * belongs to one process.
 * @throws SseError `INVALID_OPTION`
 */
export function lmdbLog(options: LmdbLogOptions): LmdbLog {
  return new LmdbLog(resolveLmdbLogOptions(options));
}

/** What there is while the log is open. */
interface Opened {
  readonly store: LmdbStore;
  readonly ownership: Ownership;
  readonly topics: StoredTopics;
  readonly writer: LogWriter;
}

export class LmdbLog implements EventLog {
  readonly supports = { durable: true, distributed: false } as const;
  epoch = '';
  readonly #options: ResolvedLmdbLogOptions;
  #opened: Opened | undefined = undefined;
  #opening: Promise<number> | undefined = undefined;
  #shared = new Map<string, number>();
  #isClosed = false;

  constructor(options: ResolvedLmdbLogOptions) {
    this.#options = options;
  }

  /**
   * @throws SseError (rejects with) `LOG_IN_USE` where the folder belongs to another, `LOG_UNAVAILABLE` where it cannot be
   * used, `INVALID_OPTION` where the log is open already or the folder holds something else, `HUB_CLOSED` where the log
   * was closed
   */
  async open(tail: LogTail): Promise<number> {
    if (this.#isClosed) throw logClosed();
    if (this.#opening !== undefined) throw logTaken('lmdbLog');
    this.#opening = this.#open(tail);
    return this.#opening;
  }

  append(entry: LogEntry, idempotencyKey?: string): Promise<number> {
    if (this.#opened === undefined || this.#isClosed) return Promise.reject(logClosed());
    return this.#opened.writer.append(entry, idempotencyKey);
  }

  end(): number {
    return this.#get().writer.end;
  }

  read({ keys, after, later, limit }: ReadQuery): ReadResult {
    const { store, topics, writer } = this.#get();
    const { end } = writer;
    const time = now();
    const losses: Loss[] = [];
    const sequences: Iterable<Found>[] = [];
    for (const key of keys) {
      const topic = topics.get(key, time);
      const start = Math.max(later?.get(key) ?? 0, after);
      // What is being written may have taken away something that was not told yet.
      const upTo = Math.min(topic?.history.evictedUpTo ?? topics.floor, end);
      if (upTo > start) losses.push({ key, upTo, count: topic?.history.lostAfter(start) });
      if (topic !== undefined) sequences.push(recordsOf(store, topic, Math.max(start, upTo) + 1, end));
    }
    const merge = new Merge(sequences);
    const records: LogRecord[] = [];
    let characters = 0;
    while (characters < limit) {
      const next = merge.next();
      if (next === undefined) break;
      const record = decodeRecord(...next);
      records.push(record);
      characters += record.body.length;
    }
    const through = merge.isDone ? end : records.at(-1)!.offset;
    merge.close();
    return { records, through, end, losses };
  }

  locate(keys: Iterable<TopicKey>, start: LogStart): Located {
    const { topics, writer } = this.#get();
    const time = now();
    const found: StoredTopic[] = [];
    const forgiven = new Map<TopicKey, number>();
    for (const key of keys) {
      const topic = topics.get(key, time);
      const upTo = Math.min(topic?.history.evictedUpTo ?? topics.floor, writer.end);
      if (upTo > 0) forgiven.set(key, upTo);
      if (topic !== undefined) found.push(topic);
    }
    if (start === 'earliest') return { after: this.#beforeOldest(found), forgiven, lost: undefined };
    if ('last' in start) return { after: this.#beforeLast(found, start.last), forgiven, lost: undefined };
    return this.#afterId(found, start.id, forgiven);
  }

  sharedWith(epoch: string): number | undefined {
    return this.#shared.get(epoch);
  }

  /** @throws SseError (rejects with) `LOG_UNAVAILABLE` where nothing can be written, `LOG_IN_USE`, `HUB_CLOSED` */
  async health(): Promise<void> {
    this.#get().writer.check();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.catch(() => undefined);
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened === undefined) return;
    const { store, ownership, topics, writer } = opened;
    topics.stop();
    await writer.close();
    await store.close();
    await ownership.release();
  }

  async #open(tail: LogTail): Promise<number> {
    const { path, policy } = this.#options;
    const store = LmdbStore.open(path);
    let ownership: Ownership | undefined;
    try {
      ownership = await Ownership.take(path);
      const meta = this.#begin(store.meta);
      await store.write([], () => meta);
      const topics = new StoredTopics(store, policy, () => writer.schedule());
      topics.load(meta.end, meta.floor);
      const guarded: LogTail = {
        committed: (record) => {
          if (!this.#isClosed) tail.committed(record);
        },
      };
      const writer = new LogWriter(store, topics, guarded, this.#options, meta);
      this.#opened = { store, ownership, topics, writer };
      return writer.end;
    } catch (cause) {
      await store.close();
      await ownership?.release();
      throw cause instanceof SseError ? cause : unusable(path, cause);
    }
  }

  /** What the file says from now on. Where acknowledged events may be lost, positions behind those that are not mean nothing. */
  #begin(before: LogMeta | undefined): LogMeta {
    const boot = bootId();
    const owner = newEpoch();
    const { epoch = newEpoch(), end = 0, floor = 0, epochs = [], isWhole = true } = before ?? {};
    const isKept = isWhole || this.#options.sync === 'event' || isSameBoot(before!.boot, boot);
    const meta: LogMeta = isKept
      ? { epoch, end, floor, epochs, isWhole: false, boot, owner }
      : {
          epoch: newEpoch(),
          end,
          floor,
          epochs: [...epochs, [epoch, end] as const].slice(-EPOCHS),
          isWhole: false,
          boot,
          owner,
        };
    this.epoch = meta.epoch;
    this.#shared = new Map(meta.epochs);
    return meta;
  }

  #get(): Opened {
    if (this.#opened === undefined) throw logClosed();
    return this.#opened;
  }

  #beforeOldest(topics: readonly StoredTopic[]): number {
    const { end } = this.#get().writer;
    let oldest = end + 1;
    for (const topic of topics) if (topic.size > 0) oldest = Math.min(oldest, topic.oldest);
    return oldest - 1;
  }

  #beforeLast(topics: readonly StoredTopic[], last: number): number {
    const { store, writer } = this.#get();
    const newest = topics.map((topic) =>
      negated(store.offsetsBefore(topic.number, topic.oldest, writer.end)),
    );
    const merge = new Merge(newest);
    let first: number | undefined;
    for (let taken = 0; taken < last; taken++) {
      const next = merge.next();
      if (next === undefined) break;
      first = -next[0];
    }
    merge.close();
    return first === undefined ? writer.end : first - 1;
  }

  /**
   * A client that names an own id has seen everything up to one of the events that share it: the first, to be sure.
   * Where an earlier one may be forgotten, nobody knows what it has seen.
   */
  #afterId(found: readonly StoredTopic[], id: string, forgiven: Located['forgiven']): Located {
    const { topics } = this.#get();
    let first: number | undefined;
    let earlierGone = false;
    for (const topic of found) {
      const place = topics.find(topic, id);
      if (place === undefined) continue;
      earlierGone ||= place.earlierGone;
      first = Math.min(first ?? place.offset, place.offset);
    }
    if (first !== undefined && !earlierGone) return { after: first, forgiven: new Map(), lost: undefined };
    return { after: this.#beforeOldest(found), forgiven, lost: earlierGone ? 'evicted' : 'unknown-id' };
  }
}

type Found = [offset: number, text: string, key: TopicKey];

function* recordsOf(
  store: LmdbStore,
  { number, key }: StoredTopic,
  from: number,
  to: number,
): Generator<Found> {
  for (const [offset, text] of store.records(number, from, to)) yield [offset, text, key];
}

function* negated(offsets: Iterable<number>): Generator<[number]> {
  for (const offset of offsets) yield [-offset];
}

function unusable(path: string, cause: unknown): SseError {
  return new SseError('LOG_UNAVAILABLE', `the log in ${shown(path)} cannot be opened: ${shown(cause)}`, {
    cause,
  });
}
