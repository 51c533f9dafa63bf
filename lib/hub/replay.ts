import type { LogRecord, Loss, ReadResult } from '../log/event-log.js';
import { encodeRun, type Run } from './run.js';

/** What was read from the log: its bytes are made once for all streams that read it together. */
export class Replay implements ReadResult, Run {
  readonly records: readonly LogRecord[];
  readonly through: number;
  readonly end: number;
  readonly losses: readonly Loss[];
  #bytes: Uint8Array | undefined = undefined;

  constructor({ records, through, end, losses }: ReadResult) {
    this.records = records;
    this.through = through;
    this.end = end;
    this.losses = losses;
  }

  bytes(epoch: string): Uint8Array {
    this.#bytes ??= encodeRun(this.records, epoch);
    return this.#bytes;
  }

  /** This and what was read of other topics, up to where both are whole. */
  with(other: Replay): Replay {
    const through = Math.min(this.through, other.through);
    const end = Math.min(this.end, other.end);
    const adds = other.losses.length > 0 || other.records.some(({ offset }) => offset <= through);
    if (!adds && through === this.through && end === this.end) return this;
    const records = [...this.records, ...other.records].filter(({ offset }) => offset <= through);
    records.sort((a, b) => a.offset - b.offset);
    return new Replay({ records, through, end, losses: [...this.losses, ...other.losses] });
  }
}
