import { Chunk } from '../connection/chunk.js';
import type { LogRecord } from '../log/event-log.js';
import { formatPosition } from '../log/position.js';
import { idLine } from '../protocol/encode.js';
import { Pieces } from './pieces.js';

type Records = readonly LogRecord[];

/** Where a record of several topics' run has its bytes. */
interface Origin {
  readonly run: Run;
  readonly index: number;
}

// Runs that so many streams may have to be handed together that they are merged once for all of them.
const SHARED = 3;

// Ends of a run whose bytes are kept; there may be as many as records, each of them as long.
const KEPT_RESTS = 4;

let made = 0;

/**
 * Records in the order of the log that leave together: those of one topic, or of several. The bytes of a topic's are
 * made once, and shared by all streams that need these or some of them, whatever else those follow.
 */
export class Run {
  /** The bytes of all records. */
  #all: readonly Chunk[] | undefined = undefined;
  /** Those from an index on. */
  #rests: Map<number, readonly Chunk[]> | undefined = undefined;
  #characters: number | undefined = undefined;
  #singles: (Chunk | undefined)[] | undefined = undefined;
  /** This and another run, as long as there is that one. */
  #with: WeakMap<Run, Run> | undefined = undefined;
  /** Its place among all runs. */
  readonly #number = ++made;

  private constructor(
    readonly records: Records,
    private readonly epoch: string,
    /** Where its records have their bytes; undefined for a run of one topic, which has them itself. */
    private readonly origins?: readonly Origin[],
  ) {}

  /** The run of one topic, or of what was read of several at once. */
  static of(records: Records, epoch: string): Run {
    return new Run(records, epoch);
  }

  /** All records of some runs, at least one, in the order of the log and each once. */
  static merge(runs: readonly Run[]): Run {
    if (runs.length === 1) return runs[0]!;
    const filled = runs.filter(({ records }) => records.length > 0);
    if (filled.length <= 1) return filled[0] ?? runs[0]!;
    // In one order, however a stream came to follow its topics.
    const ordered = filled.toSorted((a, b) => a.#number - b.#number);
    if (ordered.length > SHARED) return Run.#mergeAll(ordered);
    return ordered.reduce((merged, run) => merged.#mergedWith(run));
  }

  static #mergeAll(runs: readonly Run[]): Run {
    const entries = runs.flatMap((run) =>
      run.#origins().map((origin, place) => ({ origin, record: run.records[place]! })),
    );
    entries.sort((a, b) => a.record.offset - b.record.offset);
    // A record that was published to several of the topics comes once.
    const merged = entries.filter(({ record }, place) => record.offset !== entries[place - 1]?.record.offset);
    const records = merged.map(({ record }) => record);
    const origins = merged.map(({ origin }) => origin);
    return new Run(records, runs[0]!.epoch, origins);
  }

  /** The offset of the last record; there must be one. */
  get last(): number {
    return this.records.at(-1)!.offset;
  }

  /** Those of its records that are not behind an offset. */
  upTo(offset: number): Run {
    const end = this.indexAfter(offset);
    if (end === this.records.length) return this;
    return new Run(this.records.slice(0, end), this.epoch, this.#origins().slice(0, end));
  }

  /** The place of the first record behind an offset; the number of records where there is none. */
  indexAfter(offset: number): number {
    const { records } = this;
    let low = 0;
    // Nearly always the first.
    let high = records.length > 0 && records[0]!.offset > offset ? 0 : records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (records[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The offset of the first record behind an offset; undefined where there is none. */
  firstBehind(offset: number): number | undefined {
    return this.records[this.indexAfter(offset)]?.offset;
  }

  /** The bytes of all of its records, or of those from an index on. */
  pieces(from = 0): readonly Chunk[] {
    const kept = this.#kept(from);
    if (kept !== undefined) return kept;
    const pieces = this.#piecesOf(from === 0 ? this.records : this.records.slice(from), from);
    if (this.#hasRoomFor(from)) this.#keep(from, pieces);
    return pieces;
  }

  /** The bytes of some of its records, in their order. */
  piecesOf(records: Records): readonly Chunk[] {
    return this.#piecesOf(records, 0);
  }

  /** Whether these are several records whose bodies have more characters than `limit`. */
  isLargerThan(limit: number): boolean {
    if (this.records.length === 1) return false;
    this.#characters ??= this.records.reduce((sum, { body }) => sum + body.length, 0);
    return this.#characters > limit;
  }

  /** @param place before which none of the records is */
  #piecesOf(records: Records, place: number): readonly Chunk[] {
    const pieces = new Pieces();
    for (let next = 0; next < records.length;) {
      while (this.records[place] !== records[next]) place++;
      const count = this.#together(place, records, next);
      this.#addTo(pieces, place, count);
      place += count;
      next += count;
    }
    return pieces.take();
  }

  #kept(from: number): readonly Chunk[] | undefined {
    return from === 0 ? this.#all : this.#rests?.get(from);
  }

  #hasRoomFor(from: number): boolean {
    return from === 0 || this.#rests === undefined || this.#rests.size < KEPT_RESTS;
  }

  #keep(from: number, pieces: readonly Chunk[]): void {
    if (from === 0) this.#all = pieces;
    else (this.#rests ??= new Map()).set(from, pieces);
  }

  #mergedWith(other: Run): Run {
    this.#with ??= new WeakMap();
    let both = this.#with.get(other);
    if (both === undefined) {
      both = Run.#mergeAll([this, other]);
      this.#with.set(other, both);
    }
    return both;
  }

  /** Where its records have their bytes. */
  #origins(): readonly Origin[] {
    return this.origins ?? this.records.map((_, index) => ({ run: this, index }));
  }

  /** How many of the wanted records follow each other from a place on, here and where their bytes are. */
  #together(place: number, wanted: Records, next: number): number {
    let count = 1;
    while (
      next + count < wanted.length &&
      this.records[place + count] === wanted[next + count] &&
      this.#goesOn(place + count)
    )
      count++;
    return count;
  }

  /** Whether the bytes of a record are behind those of the record before it. */
  #goesOn(place: number): boolean {
    if (this.origins === undefined) return true;
    const [one, next] = [this.origins[place - 1]!, this.origins[place]!];
    return next.run === one.run && next.index === one.index + 1;
  }

  #addTo(pieces: Pieces, place: number, count: number): void {
    const { run, index } = this.origins?.[place] ?? { run: this, index: place };
    run.#addOwnTo(pieces, index, index + count);
  }

  #addOwnTo(pieces: Pieces, from: number, to: number): void {
    if (to === this.records.length && to - from > 1) {
      const rest = this.#restFrom(from);
      if (rest !== undefined) return pieces.add(rest);
    }
    for (let index = from; index < to; index++) pieces.add(this.#single(index));
  }

  /** Of a run that has its bytes itself: those from an index on, as one chunk, where that is kept. */
  #restFrom(from: number): Chunk | undefined {
    const kept = this.#kept(from);
    if (kept !== undefined) return kept[0];
    if (!this.#hasRoomFor(from)) return undefined;
    const rest = encode(this.records, from, this.records.length, this.epoch);
    this.#keep(from, [rest]);
    return rest;
  }

  #single(index: number): Chunk {
    this.#singles ??= [];
    this.#singles[index] ??= encode(this.records, index, index + 1, this.epoch);
    return this.#singles[index];
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
