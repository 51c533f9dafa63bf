import { Chunk } from '../connection/chunk.js';
import type { LogRecord } from '../log/event-log.js';
import { formatPosition } from '../log/position.js';
import { idLine } from '../protocol/encode.js';

type Records = readonly LogRecord[];

// Bytes up to which pieces are copied together: one write of them costs less than several pieces do.
const JOIN_LIMIT = 16 * 1024;

/**
 * Records in the order of the log that leave together: those of one topic, or of several. Their bytes are made once,
 * and shared by all streams that need these or some of them, whatever else those follow.
 */
export class Run {
  /** Bytes of records that follow each other, by where they begin and end. */
  #chunks: Map<number, Chunk> | undefined = undefined;
  /** Bytes of everything from a record on. */
  #pieces: Map<number, readonly Chunk[]> | undefined = undefined;
  #whole: readonly Chunk[] | undefined = undefined;
  #with: Map<Run, Run> | undefined = undefined;

  /**
   * @param parts the runs of single topics that these are the records of; none for such a one itself
   */
  constructor(
    readonly records: Records,
    private readonly epoch: string,
    private readonly parts: readonly Run[] = [],
  ) {}

  /** The offset of the first record. */
  get first(): number {
    return this.records[0]!.offset;
  }

  /** The offset of the last record. */
  get last(): number {
    return this.records.at(-1)!.offset;
  }

  /** These records and those of another run, each once; for all streams that both are for. */
  with(other: Run): Run {
    if (other === this || this.parts.includes(other)) return this;
    let both = this.#with?.get(other);
    if (both === undefined) {
      both = Run.merge(this, other, merge(this.records, other.records));
      (this.#with ??= new Map()).set(other, both);
    }
    return both;
  }

  /** @param records those of both, or some of them, in the order of the log */
  static merge(one: Run, other: Run, records: Records): Run {
    return new Run(records, one.epoch, [...one.#sources, ...other.#sources]);
  }

  /** The place of the first record behind an offset; the number of records where there is none. */
  indexAfter(offset: number): number {
    return this.first > offset ? 0 : indexAfter(this.records, offset);
  }

  /** The bytes of all of its records, or of those from an index on. */
  pieces(from = 0): readonly Chunk[] {
    if (from === 0) return (this.#whole ??= this.piecesOf(this.records));
    let pieces = this.#pieces?.get(from);
    if (pieces === undefined) {
      pieces = this.piecesOf(this.records.slice(from));
      (this.#pieces ??= new Map()).set(from, pieces);
    }
    return pieces;
  }

  /** The bytes of some of its records, in their order. */
  piecesOf(records: Records): readonly Chunk[] {
    const chunks: Chunk[] = [];
    let length = 0;
    for (let index = 0; index < records.length;) {
      const source = this.#sourceOf(records[index]!);
      const from = indexAfter(source.records, records[index]!.offset - 1);
      let to = from;
      for (; index < records.length && source.records[to] === records[index]; index++) to++;
      const chunk = source.#chunk(from, to);
      length += chunk.length;
      chunks.push(chunk);
    }
    return chunks.length > 1 && length <= JOIN_LIMIT ? [Chunk.join(chunks)] : chunks;
  }

  /** Whether these are several records whose bodies have more characters than `limit`. */
  isLargerThan(limit: number): boolean {
    if (this.records.length === 1) return false;
    let characters = 0;
    for (const { body } of this.records) characters += body.length;
    return characters > limit;
  }

  get #sources(): readonly Run[] {
    return this.parts.length === 0 ? [this] : this.parts;
  }

  #sourceOf(record: LogRecord): Run {
    return this.#sources.find(({ records }) => records[indexAfter(records, record.offset - 1)] === record)!;
  }

  #chunk(from: number, to: number): Chunk {
    const place = from * (this.records.length + 1) + to;
    let chunk = this.#chunks?.get(place);
    if (chunk === undefined) {
      chunk = encode(this.records, from, to, this.epoch);
      (this.#chunks ??= new Map()).set(place, chunk);
    }
    return chunk;
  }
}

function encode(records: Records, from: number, to: number, epoch: string): Chunk {
  let text = '';
  for (let index = from; index < to; index++) {
    const { id, offset, body } = records[index]!;
    text += idLine(id ?? formatPosition(epoch, offset)) + body;
  }
  return Chunk.of(text);
}

/** The place of the first record behind the offset. */
function indexAfter(records: Records, offset: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (records[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both in the order of the log; a record that was published to topics of both comes once. */
function merge(one: Records, other: Records): Records {
  const merged: LogRecord[] = [];
  let at = 0;
  for (const record of one) {
    while (at < other.length && other[at]!.offset < record.offset) merged.push(other[at++]!);
    if (other[at]?.offset === record.offset) at++;
    merged.push(record);
  }
  while (at < other.length) merged.push(other[at++]!);
  return merged;
}
