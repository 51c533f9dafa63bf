import type { LogRecord } from '../log/event-log.js';
import { encodeRun, type Run } from './run.js';

type Records = readonly LogRecord[];

/**
 * What is new for the streams that follow the same of a turn's topics. The topics of a turn have a fixed order, so the
 * batch of each combination is found by going from topic to topic; its records and its bytes are made once.
 */
export class Batch implements Run {
  readonly #with = new Map<Records, Batch>();
  #records: Records | undefined = undefined;
  #characters: number | undefined = undefined;
  #bytes: Uint8Array | undefined = undefined;

  /**
   * @param fresh one topic's new records
   * @param without the batch of the same combination but for that topic
   */
  constructor(
    private readonly fresh: Records = [],
    private readonly without?: Batch,
  ) {}

  /** The batch of this combination and one more topic, which has these new records. */
  with(fresh: Records): Batch {
    let batch = this.#with.get(fresh);
    if (batch === undefined) {
      batch = new Batch(fresh, this);
      this.#with.set(fresh, batch);
    }
    return batch;
  }

  /** In the order of the log, each once. */
  get records(): Records {
    this.#records ??= merge(this.without?.records ?? [], this.fresh);
    return this.#records;
  }

  bytes(epoch: string): Uint8Array {
    this.#bytes ??= encodeRun(this.records, epoch);
    return this.#bytes;
  }

  /** Whether these are several records whose bodies have more characters than `limit`. */
  isLargerThan(limit: number): boolean {
    if (this.records.length === 1) return false;
    this.#characters ??= this.records.reduce((sum, { body }) => sum + body.length, 0);
    return this.#characters > limit;
  }
}

function merge(one: Records, other: Records): Records {
  if (one.length === 0) return other;
  return [...new Set([...one, ...other])].sort((a, b) => a.offset - b.offset);
}
