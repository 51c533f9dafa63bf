import type {
  EventLog,
  Located,
  LogEntry,
  LogRecord,
  LogTail,
  ReadQuery,
  ReadResult,
  TopicKey,
} from 'nestjs-sse-hub';

const EPOCHS = ['epoch001', 'epoch002', 'epoch003', 'epoch004'];

/** A log whose server can fail over to one that has not got everything: it goes on behind what it had in another epoch. */
export class LossyLog implements EventLog {
  readonly supports = { durable: true, distributed: false };
  #epoch = 0;
  #records: LogRecord[] = [];
  /** Where each epoch but the last was left. */
  readonly #left: number[] = [];
  #tail: LogTail | undefined = undefined;
  #offset = 0;

  get epoch(): string {
    return EPOCHS[this.#epoch]!;
  }

  open(tail: LogTail): number {
    this.#tail = tail;
    return this.#offset;
  }

  append(entry: LogEntry): number {
    const record = { ...entry, offset: ++this.#offset };
    this.#records.push(record);
    this.#tail!.committed(record);
    return record.offset;
  }

  end(): number {
    return this.#offset;
  }

  async read({ keys, after, later, limit }: ReadQuery): Promise<ReadResult> {
    const asked = new Set(keys);
    const start = (key: TopicKey) => Math.max(after, later?.get(key) ?? 0);
    const all = this.#records.filter((record) =>
      record.keys.some((key) => asked.has(key) && record.offset > start(key)),
    );
    const end = this.#offset;
    await Promise.resolve();
    const records = limit === Infinity ? all : all.slice(0, 10);
    const through = records.length < all.length ? records.at(-1)!.offset : end;
    return { records, through, end, losses: [] };
  }

  locate(): Located {
    return { after: 0, forgiven: new Map(), lost: undefined };
  }

  sharedWith(epoch: string): number | undefined {
    const index = EPOCHS.indexOf(epoch);
    return index === -1 || index >= this.#epoch ? undefined : Math.min(...this.#left.slice(index));
  }

  /** Loses what lies behind the offset, and goes on behind what it had. */
  rollBack(offset: number): void {
    this.#records = this.#records.filter((record) => record.offset <= offset);
    this.#left.push(offset);
    this.#epoch++;
    this.#tail!.rolledBack!(offset);
  }

  close(): void {
    this.#tail = undefined;
  }
}
