import assert from 'node:assert/strict';
import type { Awaitable } from '../../async/awaitable.js';
import type {
  EventLog,
  Located,
  LogEntry,
  LogRecord,
  LogStart,
  LogTail,
  ReadQuery,
  ReadResult,
} from '../../log/event-log.js';
import { now } from '../../log/clock.js';
import type { RetentionOptions } from '../../log/retention.js';
import { BROADCAST_KEY, topicKey, userKey, type TopicKey } from '../../log/topic-key.js';

/** What the suite asks of a fresh log: how much it keeps. */
export interface LogLimits {
  readonly retention?: RetentionOptions;
  /** Bytes of all topics together. */
  readonly totalBytes?: number;
}

/** How a promise of the suite gets at a log; those it has opened are closed for it. */
export interface Opener {
  /** A log that is not opened yet. */
  readonly create: () => Promise<OpenedLog>;
  readonly open: (limits?: LogLimits) => Promise<OpenedLog>;
  /** The same log again after it was closed, as after a restart. */
  readonly reopen: (log: OpenedLog) => Promise<OpenedLog>;
  /** Another node that shares the log. */
  readonly join: (log: OpenedLog) => Promise<OpenedLog>;
  /** Has the log fail until what this answers with is called. */
  readonly fail: (log: OpenedLog) => Promise<() => Awaitable<void>>;
}

/** Sentences and what proves them. */
export type Promises = Readonly<Record<string, (opener: Opener) => Promise<void>>>;

/** What is appended where only the order matters. */
export interface Appended extends LogEntry {
  readonly offset: number;
}

/** `user:x` and `broadcast` name what they say, everything else a public topic. */
export function keysOf(names: string): TopicKey[] {
  return names.split(' ').map((name) => {
    if (name === 'broadcast') return BROADCAST_KEY;
    return name.startsWith('user:') ? userKey(name.slice(5)) : topicKey(name);
  });
}

let appended = 0;

/** An entry of these topics like no other. */
export function entry(names: string, { id, size = 0 }: AppendOptions = {}): LogEntry {
  const body = `data:${++appended}${'x'.repeat(size)}\n\n`;
  return { keys: keysOf(names), id, body, kind: 'text', time: now() };
}

export interface AppendOptions {
  readonly id?: string;
  /** Characters of the body, about. */
  readonly size?: number;
  readonly idempotencyKey?: string;
}

/** Records that the tail was not told, but told to read. */
interface Skipped {
  readonly after: number;
  readonly upTo: number;
  readonly keys: readonly TopicKey[];
}

/** A log that is followed, with its tail noted down. */
export class OpenedLog implements LogTail {
  /** What the tail was called with; where it was called to read, what is read there, once {@link untilTold} resolves. */
  told: LogRecord[] = [];
  /** The log's end when it was opened. */
  begin = 0;
  readonly #followed = new Set<TopicKey>();
  #reached = 0;
  #isInOrder = true;
  #skipped: Skipped[] = [];
  #waiting: (() => void) | undefined = undefined;

  constructor(
    readonly log: EventLog,
    private readonly patience: number,
  ) {}

  async open(): Promise<this> {
    this.begin = await this.log.open(this);
    this.#reached = Math.max(this.#reached, this.begin);
    return this;
  }

  /** Has the tail told of topics; it is told anyway of those that are appended to here. */
  follow(names: string): void {
    this.#follow(keysOf(names));
  }

  committed(record: LogRecord): void {
    this.told.push(record);
    this.#reach(record.offset);
  }

  skipped(offset: number, keys: Iterable<TopicKey>): void {
    const skipped = [...keys];
    if (skipped.length > 0) this.#skipped.push({ after: this.#reached, upTo: offset, keys: skipped });
    this.#reach(offset);
  }

  async append(names: string, options: AppendOptions = {}): Promise<Appended> {
    return this.appendEntry(entry(names, options), options.idempotencyKey);
  }

  async appendEntry(given: LogEntry, idempotencyKey?: string): Promise<Appended> {
    this.#follow(given.keys);
    const offset = await this.log.append(given, idempotencyKey);
    return { ...given, offset };
  }

  /** Appends so many events one after the other, without waiting in between. */
  async appendMany(count: number, names: string, options?: { size?: number }): Promise<Appended[]> {
    return Promise.all(Array.from({ length: count }, () => this.append(names, options)));
  }

  async end(): Promise<number> {
    return this.log.end();
  }

  async read(names: string, query: Partial<Omit<ReadQuery, 'keys'>> = {}): Promise<ReadResult> {
    return this.log.read({ keys: keysOf(names), after: 0, limit: Infinity, ...query });
  }

  /** Reads on until the log's end, answer after answer. */
  async readOn(names: string, after: number, limit: number): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    let through = after;
    for (;;) {
      const result = await this.read(names, { after: through, limit });
      assertWellFormed(result, through, keysOf(names));
      records.push(...result.records);
      if (result.through >= result.end) return records;
      assert.ok(result.through > through, 'an answer that does not reach the end must get further');
      through = result.through;
    }
  }

  async locate(names: string, start: LogStart): Promise<Located> {
    return this.log.locate(keysOf(names), start);
  }

  /** Resolves when the tail has been told of the record at the offset. */
  async untilTold(offset: number): Promise<void> {
    await this.#until(
      () => this.#reached >= offset,
      `the tail should have been told of the record at ${offset}`,
    );
    assert.ok(this.#isInOrder, 'the tail must be told of offsets as they rise, and of each once');
    for (const { after, upTo, keys } of this.#skipped.splice(0)) {
      const { records } = await this.log.read({ keys, after, limit: Infinity });
      this.told.push(...records.filter((record) => record.offset <= upTo));
    }
    this.told.sort((one, other) => one.offset - other.offset);
  }

  #follow(keys: readonly TopicKey[]): void {
    for (const key of keys) {
      if (this.#followed.has(key)) continue;
      this.#followed.add(key);
      this.log.follow?.(key);
    }
  }

  #reach(offset: number): void {
    this.#isInOrder &&= offset > this.#reached;
    this.#reached = Math.max(this.#reached, offset);
    this.#waiting?.();
  }

  /** Asks again until the answer is as it should be. */
  async eventually<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean, message: string): Promise<T> {
    const giveUp = performance.now() + this.patience;
    for (;;) {
      const answer = await ask();
      if (isRight(answer)) return answer;
      assert.ok(performance.now() < giveUp, message);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Waits for what must not hang. */
  async inTime<T>(answer: Promise<T>, message: string): Promise<T> {
    let giveUp: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      giveUp = setTimeout(() => reject(new assert.AssertionError({ message })), this.patience);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(giveUp);
    }
  }

  async #until(isDone: () => boolean, message: string): Promise<void> {
    if (isDone()) return;
    const done = new Promise<void>((resolve) => {
      this.#waiting = () => {
        if (isDone()) resolve();
      };
    });
    try {
      await this.inTime(done, message);
    } finally {
      this.#waiting = undefined;
    }
  }
}

/** That the records are those that were appended, in this order and unchanged. */
export function assertRecords(records: readonly LogRecord[], expected: readonly Appended[]): void {
  assert.deepEqual(records.map(plain), expected.map(plain));
}

function plain({ offset, keys, id, body, kind, time }: LogRecord): object {
  return { offset, keys: [...keys], id, body, kind, time };
}

/** What holds for every answer, whatever was asked. */
export function assertWellFormed(result: ReadResult, after: number, keys: readonly TopicKey[]): void {
  assertRising(result.records);
  const { records, through, end, losses } = result;
  assert.ok(through <= end, 'an answer cannot reach further than the end that it names');
  for (const record of records) {
    assert.ok(record.offset > after, 'only records behind the asked offset are given');
    assert.ok(record.offset <= through, 'no record lies behind what the answer says it reaches');
    assert.ok(
      record.keys.some((key) => keys.includes(key)),
      'only records of the asked topics are given',
    );
  }
  assert.equal(new Set(losses.map(({ key }) => key)).size, losses.length, 'a topic has one loss');
  for (const { key, upTo } of losses) {
    assert.ok(keys.includes(key), 'only losses of the asked topics are told');
    assert.ok(upTo > after, 'what is not behind the asked offset is not lost');
    const keptByOthers = (record: LogRecord) =>
      record.keys.some((other) => other !== key && keys.includes(other));
    assert.ok(
      records.every((record) => record.offset > upTo || !record.keys.includes(key) || keptByOthers(record)),
      'a loss of a topic does not reach as far as what is retained of it',
    );
  }
}

export function assertRising(records: readonly { readonly offset: number }[]): void {
  for (const [index, { offset }] of records.entries()) {
    assert.ok(
      Number.isSafeInteger(offset) && offset > 0,
      `an offset is a positive integer, but is ${offset}`,
    );
    if (index > 0) assert.ok(offset > records[index - 1]!.offset, 'offsets must rise');
  }
}

/**
 * That the answer holds a suffix of what was appended, and tells of everything before it.
 * @returns how many are gone
 */
export function assertLossTold(result: ReadResult, all: readonly Appended[]): number {
  const gone = all.length - result.records.length;
  assertRecords(result.records, all.slice(gone));
  if (gone === 0) return 0;
  const missing = all.slice(0, gone);
  assert.ok(result.losses.length > 0, `${gone} records are gone, and nothing tells of it`);
  for (const { keys, offset } of missing) {
    assert.ok(
      result.losses.some(({ key, upTo }) => keys.includes(key) && upTo >= offset),
      'the loss of a topic must reach up to the last record of it that is gone',
    );
  }
  for (const { key, count } of result.losses) {
    if (count === undefined) continue;
    assert.equal(count, missing.filter(({ keys }) => keys.includes(key)).length, 'a count must be exact');
  }
  return gone;
}

/** That what is lost of the topics is nothing that a stream which begins here should have had. */
export function assertForgiven({ losses }: ReadResult, forgiven: Located['forgiven']): void {
  for (const { key, upTo } of losses)
    assert.ok(upTo <= (forgiven.get(key) ?? 0), `what is gone of ${key} must be forgiven`);
}

export async function assertRefused(append: () => Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(append, (error: unknown) => (error as { code?: unknown }).code === code);
}
