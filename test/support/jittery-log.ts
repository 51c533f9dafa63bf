import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import {
  memoryLog,
  SseError,
  type Awaitable,
  type EventLog,
  type Located,
  type LogEntry,
  type LogRecord,
  type LogStart,
  type LogTail,
  type MemoryLogOptions,
  type ReadQuery,
  type ReadResult,
  type TopicKey,
} from 'nestjs-sse-hub';

/** A memory log that answers as one elsewhere does: every call later, by its own time, and the tail too. */
export class JitteryLog implements EventLog {
  readonly supports = { durable: false, distributed: false };
  readonly epoch: string;
  readonly #log: EventLog;
  readonly #random: () => number;
  #appends: Promise<unknown> = Promise.resolve();
  #committed: LogRecord[] = [];
  #tail: LogTail | undefined = undefined;
  #isClosed = false;

  constructor(options?: MemoryLogOptions, random: () => number = Math.random) {
    this.#log = memoryLog(options);
    this.#random = random;
    this.epoch = this.#log.epoch;
  }

  async open(tail: LogTail): Promise<number> {
    await this.#pause();
    if (this.#isClosed) throw new SseError('HUB_CLOSED', 'the log was closed while it opened');
    const end = await this.#log.open({ committed: (record) => this.#onCommitted(record) });
    this.#tail = tail;
    return end;
  }

  async append(entry: LogEntry, idempotencyKey?: string): Promise<number> {
    const offset = this.#appends.then(async () => {
      await this.#pause();
      return this.#log.append(entry, idempotencyKey);
    });
    this.#appends = offset.catch(() => undefined);
    return this.#later(offset);
  }

  async end(): Promise<number> {
    await this.#pause();
    return this.#later(this.#log.end());
  }

  async read({ keys, after, later, limit }: ReadQuery): Promise<ReadResult> {
    const query = { keys: [...keys], after, later: later && new Map(later), limit };
    await this.#pause();
    return this.#later(this.#log.read(query));
  }

  async locate(keys: Iterable<TopicKey>, start: LogStart): Promise<Located> {
    const asked = [...keys];
    await this.#pause();
    return this.#later(this.#log.locate(asked, start));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tail = undefined;
    await this.#log.close();
  }

  #onCommitted(record: LogRecord): void {
    this.#committed.push(record);
    if (this.#committed.length === 1) void this.#tellTail();
  }

  async #tellTail(): Promise<void> {
    while (this.#committed.length > 0) {
      await this.#pause();
      for (let due = Math.ceil(this.#random() * this.#committed.length); due > 0; due--) {
        this.#tail?.committed(this.#committed[0]!);
        this.#committed.shift();
      }
    }
  }

  async #later<T>(answer: Awaitable<T>): Promise<T> {
    const value = await answer;
    await this.#pause();
    return value;
  }

  /** Nothing, some turns of the event loop, or a millisecond. */
  async #pause(): Promise<void> {
    const length = Math.floor(this.#random() * 5);
    if (length === 4) await delay(1);
    else for (let turn = 0; turn < length; turn++) await nextTurn();
  }
}
