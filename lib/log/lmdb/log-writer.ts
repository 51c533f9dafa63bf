import { shown, SseError } from '../../errors/sse-error.js';
import { now } from '../clock.js';
import type { LogEntry, LogRecord, LogTail } from '../event-log.js';
import { idReused } from '../log-errors.js';
import type { ResolvedLmdbLogOptions } from './lmdb-log-options.js';
import type { Changes, LmdbStore, LogMeta } from './lmdb-store.js';
import { inUse } from './ownership.js';
import type { StoredTopics } from './stored-topics.js';

/** An append that is not settled. */
interface Waiting {
  readonly entry: LogEntry;
  readonly idempotencyKey: string | undefined;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
}

// What is written at once at the most.
const EVENTS_AT_ONCE = 8_192;
const CHARACTERS_AT_ONCE = 4 * 1024 * 1024;
const EVENTS_IN_PART = 64;

// In place of an offset: the id belongs to an earlier event.
const REUSED = 0;

/** Writes what is appended, in the order of the calls: what has come while one write was under way goes with the next. */
export class LogWriter {
  /** The offset of the last record that was told. */
  end: number;
  /** The offset that was given last. */
  #given: number;
  #waiting: Waiting[] = [];
  /** The answers to idempotency keys: in two parts, the older of which is forgotten when the window is over. */
  #keys = new Map<string, number>();
  #olderKeys = new Map<string, number>();
  #bucket = 0;
  #isScheduled = false;
  #writing: Promise<void> | undefined = undefined;
  #isClosed = false;
  /** When the oldest was written that is not known to be on the disk. */
  #unflushed: number | undefined = undefined;

  constructor(
    private readonly store: LmdbStore,
    private readonly topics: StoredTopics,
    private readonly tail: LogTail,
    private readonly options: ResolvedLmdbLogOptions,
    private meta: LogMeta,
  ) {
    this.end = meta.end;
    this.#given = meta.end;
    this.#bucket = this.#bucketNow;
    for (const [bucket, key, offset] of store.keys())
      if (bucket >= this.#bucket - 1) this.#keys.set(key, offset);
  }

  append(entry: LogEntry, idempotencyKey: string | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, idempotencyKey, resolve, reject });
      this.schedule();
    });
  }

  /** Has written what has changed. */
  schedule(): void {
    if (this.#isScheduled || this.#writing !== undefined || this.#isClosed) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  /**
   * Whether something can be written.
   * @throws SseError `LOG_UNAVAILABLE`, `LOG_IN_USE`
   */
  check(): void {
    this.#checkOwner();
    try {
      this.store.check();
    } catch (cause) {
      throw unwritable(this.options.path, cause);
    }
  }

  /** Writes what is under way, and that everything is on the disk. */
  async close(): Promise<void> {
    while (this.#writing !== undefined || this.#waiting.length > 0) {
      this.#begin();
      await this.#writing;
    }
    this.#isClosed = true;
    try {
      await this.store.flushed();
      this.meta = { ...this.meta, isWhole: true };
      await this.#store([this.topics.takeLast()]);
      await this.store.flushed();
    } catch {
      // The next one to open it finds that it was not closed.
    }
  }

  #begin(): void {
    if (this.#writing !== undefined || (this.#waiting.length === 0 && !this.topics.isChanged)) return;
    this.#writing = this.#write(this.#takeWaiting()).finally(() => {
      this.#writing = undefined;
      this.schedule();
    });
  }

  #takeWaiting(): Waiting[] {
    let count = 0;
    let characters = 0;
    while (count < this.#waiting.length && count < EVENTS_AT_ONCE && characters < CHARACTERS_AT_ONCE)
      characters += this.#waiting[count++]!.entry.body.length;
    return this.#waiting.splice(0, count);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const outcomes: number[] = [];
    try {
      this.#checkOwner();
      await this.#store(this.#append(batch, outcomes));
      await this.#flush();
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    for (const [place, { entry }] of batch.entries()) {
      const offset = outcomes[place]!;
      // One that was appended before has been told.
      if (offset <= this.end) continue;
      this.end = offset;
      this.tail.committed(toRecord(entry, offset));
    }
    for (const [place, { entry, resolve, reject }] of batch.entries()) {
      const offset = outcomes[place]!;
      if (offset === REUSED) reject(idReused(entry.id));
      else resolve(offset);
    }
  }

  /** What is to be written for them, in parts; notes the offset of each. */
  *#append(batch: readonly Waiting[], outcomes: number[]): Generator<Changes> {
    this.#forgetOldKeys();
    for (const waiting of batch) {
      outcomes.push(this.#appendOne(waiting));
      if (outcomes.length % EVENTS_IN_PART === 0) yield this.topics.take();
    }
    this.topics.shrink();
    yield this.topics.takeLast();
  }

  #appendOne({ entry, idempotencyKey }: Waiting): number {
    const known = idempotencyKey === undefined ? undefined : this.#find(idempotencyKey);
    if (known !== undefined) return known;
    if (this.topics.isReused(entry)) return REUSED;
    const offset = ++this.#given;
    this.topics.append(entry, offset);
    if (idempotencyKey !== undefined) this.#remember(idempotencyKey, offset);
    return offset;
  }

  async #store(changes: Iterable<Changes>): Promise<void> {
    let { meta } = this;
    await this.store.write(changes, () => (meta = { ...meta, end: this.#given, floor: this.topics.floor }));
    this.meta = meta;
    this.topics.written(meta.end);
  }

  /** Waits for the disk, where it must be waited for. */
  async #flush(): Promise<void> {
    const flushed = this.store.flushed();
    if (this.options.sync === 'event') return flushed;
    const since = (this.#unflushed ??= performance.now());
    void flushed.then(() => {
      if (this.#unflushed === since) this.#unflushed = undefined;
    });
    if (performance.now() - since > this.options.syncWithin) await flushed;
    return undefined;
  }

  /** Nothing of it is in the file: what is known of the topics is taken from there again. */
  #fail(batch: readonly Waiting[], cause: unknown): void {
    const error = cause instanceof SseError ? cause : unwritable(this.options.path, cause);
    const { end, floor } = this.store.meta!;
    this.topics.load(end, floor);
    for (const keys of [this.#keys, this.#olderKeys])
      for (const [key, offset] of keys) if (offset > end) keys.delete(key);
    for (const { reject } of batch) reject(error);
  }

  #checkOwner(): void {
    if (this.store.meta?.owner !== this.meta.owner) throw inUse(this.options.path);
  }

  get #bucketNow(): number {
    return Math.floor(now() / this.options.policy.idempotencyWindow);
  }

  #find(key: string): number | undefined {
    return this.#keys.get(key) ?? this.#olderKeys.get(key);
  }

  #remember(key: string, offset: number): void {
    this.#keys.set(key, offset);
    this.topics.changes.keys.push([[this.#bucketNow, key], offset]);
  }

  #forgetOldKeys(): void {
    const bucket = this.#bucketNow;
    if (bucket <= this.#bucket) return;
    this.#olderKeys = bucket === this.#bucket + 1 ? this.#keys : new Map();
    this.#keys = new Map();
    this.#bucket = bucket;
    for (const [old, key] of this.store.keys()) {
      if (old >= bucket - 1) break;
      this.topics.changes.keys.push([[old, key], undefined]);
    }
  }
}

function toRecord({ keys, id, body, kind, time }: LogEntry, offset: number): LogRecord {
  return { offset, keys, id, body, kind, time };
}

function unwritable(path: string, cause: unknown): SseError {
  return new SseError(
    'LOG_UNAVAILABLE',
    `the log in ${shown(path)} cannot be written: ${shown(cause)}; nothing of this is in it. Is the disk full?`,
    { cause },
  );
}
