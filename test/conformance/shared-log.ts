import {
  memoryLog,
  SseError,
  type EventLog,
  type Located,
  type LogEntry,
  type LogStart,
  type LogTail,
  type MemoryLogOptions,
  type ReadQuery,
  type ReadResult,
  type TopicKey,
} from 'nestjs-sse-hub';

/** What several nodes share, and what is still there when all of them have gone. */
class LogServer {
  readonly log: EventLog;
  readonly tails = new Set<LogTail>();

  constructor(options?: MemoryLogOptions) {
    this.log = memoryLog(options);
    void this.log.open({
      committed: (record) => {
        for (const tail of this.tails) tail.committed(record);
      },
    });
  }
}

/** One node of a log that outlives it. */
export class SharedLog implements EventLog {
  readonly supports = { durable: true, distributed: true };
  readonly epoch: string;
  readonly #server: LogServer;
  #tail: LogTail | undefined = undefined;

  private constructor(server: LogServer) {
    this.#server = server;
    this.epoch = server.log.epoch;
  }

  static create(options?: MemoryLogOptions): SharedLog {
    return new SharedLog(new LogServer(options));
  }

  static another(log: EventLog): SharedLog {
    return new SharedLog((log as SharedLog).#server);
  }

  async open(tail: LogTail): Promise<number> {
    if (this.#tail !== undefined) throw new SseError('INVALID_OPTION', 'the log is open');
    this.#tail = tail;
    this.#server.tails.add(tail);
    return this.end();
  }

  async append(entry: LogEntry, idempotencyKey?: string): Promise<number> {
    if (this.#tail === undefined) throw new SseError('HUB_CLOSED', 'the log is closed');
    return this.#server.log.append(entry, idempotencyKey);
  }

  async end(): Promise<number> {
    return this.#server.log.end();
  }

  async read(query: ReadQuery): Promise<ReadResult> {
    return this.#server.log.read(query);
  }

  async locate(keys: Iterable<TopicKey>, start: LogStart): Promise<Located> {
    return this.#server.log.locate(keys, start);
  }

  async close(): Promise<void> {
    if (this.#tail !== undefined) this.#server.tails.delete(this.#tail);
    this.#tail = undefined;
  }
}
