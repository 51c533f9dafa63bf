import type { LogRecord, Loss, ReadResult } from '../log/event-log.js';
import { Run } from './run.js';

/** What was read from the log: its bytes are made once for all streams that read it together. */
export class Replay implements ReadResult {
  readonly through: number;
  readonly end: number;
  readonly losses: readonly Loss[];

  private constructor(
    readonly run: Run,
    { through, end, losses }: Omit<ReadResult, 'records'>,
  ) {
    this.through = through;
    this.end = end;
    this.losses = losses;
  }

  static of(result: ReadResult, epoch: string): Replay {
    return new Replay(Run.of(result.records, epoch), result);
  }

  get records(): readonly LogRecord[] {
    return this.run.records;
  }

  /** This and what was read of other topics, up to where both are whole. */
  with(other: Replay): Replay {
    const through = Math.min(this.through, other.through);
    const end = Math.min(this.end, other.end);
    const adds = other.losses.length > 0 || other.records.some(({ offset }) => offset <= through);
    if (!adds && through === this.through && end === this.end) return this;
    const run = Run.merge([this.run, other.run]).upTo(through);
    return new Replay(run, { through, end, losses: [...this.losses, ...other.losses] });
  }
}
