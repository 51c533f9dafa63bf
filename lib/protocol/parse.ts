import { SseError } from '../errors/sse-error.js';
import { Utf8Decoder, utf8Length } from './utf8.js';

/** An event as a client dispatches it (WHATWG HTML 9.2.6). */
export interface ParsedEvent {
  /** The event's name, `message` where it has none. */
  readonly type: string;
  /** The lines of data, with LF between them. */
  readonly data: string;
  /** The id of this event or else the last one before it; empty where there has been none. */
  readonly lastEventId: string;
}

export interface EventStreamParserOptions {
  /** Told of each event when the line end comes that ends it. What this throws comes out of `feed`. */
  readonly onEvent: (event: ParsedEvent) => void;
  /** Told of the id of a block that has one and no data, so that it is no event; not where that is the last id already. */
  readonly onId?: (lastEventId: string) => void;
  /** Told of the milliseconds of a `retry` field: digits only, however many. */
  readonly onRetry?: (milliseconds: number) => void;
  /** Told of a comment's text, without the space that may be in front of it. */
  readonly onComment?: (text: string) => void;
  /**
   * Bytes of an event's fields, in all; a larger one makes `feed` throw `EVENT_TOO_LARGE` as soon as so much is there.
   * @default Infinity
   */
  readonly maxEventBytes?: number;
  /**
   * The id that events have until there is one.
   * @default ''
   */
  readonly lastEventId?: string;
}

const [LF, SPACE, COLON, BOM] = [0x0a, 0x20, 0x3a, 0xfeff];
const [A, D, E, I, N, T, V] = [97, 100, 101, 105, 110, 116, 118];

/**
 * Makes events of the bytes of a `text/event-stream`, in whatever chunks they come (WHATWG HTML 9.2.5 and 9.2.6). Takes
 * time in proportion to the bytes.
 */
export class EventStreamParser {
  readonly #decoder = new Utf8Decoder();
  readonly #onEvent: (event: ParsedEvent) => void;
  readonly #onId: ((lastEventId: string) => void) | undefined;
  readonly #onRetry: ((milliseconds: number) => void) | undefined;
  readonly #onComment: ((text: string) => void) | undefined;
  readonly #maxEventBytes: number;
  #isAtStart = true;
  /** Whether the last character was a CR, which an LF may complete. */
  #isAfterCr = false;
  /** The line whose end is still to come. */
  #line = '';
  /** Of the event that is being read; undefined data where it has none. */
  #data: string | undefined = undefined;
  #type = '';
  #id: string;
  #lastEventId: string;
  #chunkBytes = 0;
  /** Bytes of the chunks in which the event may have begun; what has to be counted is no more than that. */
  #eventBytes = 0;
  #count: FieldCount | undefined = undefined;

  constructor(options: EventStreamParserOptions) {
    this.#onEvent = options.onEvent;
    this.#onId = options.onId;
    this.#onRetry = options.onRetry;
    this.#onComment = options.onComment;
    this.#maxEventBytes = options.maxEventBytes ?? Infinity;
    this.#id = this.#lastEventId = options.lastEventId ?? '';
  }

  /** What a client sends as `Last-Event-ID` when it reconnects: of the last block that was complete, also one without data. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /**
   * Takes the next bytes.
   * @throws SseError `EVENT_TOO_LARGE`; what has been begun is dropped
   */
  feed(bytes: Uint8Array): void {
    this.#chunkBytes = bytes.length;
    this.#eventBytes += bytes.length;
    this.#count = this.#eventBytes > this.#maxEventBytes ? (this.#count ?? this.#counted()) : undefined;
    const text = this.#decoder.decode(bytes);
    if (text === '') return;
    this.#read(text, this.#startOf(text));
    if (this.#count !== undefined && this.#count.bytes > this.#maxEventBytes) throw this.#tooLarge();
  }

  /** The stream is over: drops a block that is not complete. Another one may follow, and goes on with the last id. */
  end(): void {
    this.#decoder.reset();
    this.#isAtStart = true;
    this.#isAfterCr = false;
    this.#line = '';
    this.#id = this.#lastEventId;
    this.#chunkBytes = 0;
    this.#forgetEvent();
  }

  /** Behind a byte order mark at the very start, and behind an LF whose CR has ended the line. */
  #startOf(text: string): number {
    const first = text.charCodeAt(0);
    const isPassed = (this.#isAtStart && first === BOM) || (this.#isAfterCr && first === LF);
    this.#isAtStart = false;
    this.#isAfterCr = false;
    return isPassed ? 1 : 0;
  }

  #read(text: string, from: number): void {
    let start = from;
    let lf = endAt(text.indexOf('\n', start));
    let cr = endAt(text.indexOf('\r', start));
    for (;;) {
      const end = lf < cr ? lf : cr;
      if (end === NOWHERE) break;
      if (this.#line === '') this.#takeLine(text, start, end);
      else this.#takeBegun(text.slice(start, end));
      start = end + 1;
      if (end === lf) {
        lf = endAt(text.indexOf('\n', start));
        continue;
      }
      if (start === text.length) this.#isAfterCr = true;
      if (lf === start) lf = endAt(text.indexOf('\n', ++start));
      cr = endAt(text.indexOf('\r', start));
    }
    if (start === text.length) return;
    const begun = start === 0 ? text : text.slice(start);
    // Not looked into before its end is there: it is joined then, once.
    this.#line += begun;
    this.#count?.begin(begun);
  }

  #takeBegun(rest: string): void {
    const line = this.#line + rest;
    this.#line = '';
    this.#count?.endLine();
    this.#takeLine(line, 0, line.length);
  }

  /** Takes one line: fields by their first letters, which is much faster than by their names. */
  #takeLine(text: string, start: number, end: number): void {
    if (start === end) {
      this.#dispatch();
      return;
    }
    const first = text.charCodeAt(start);
    if (first === D) {
      if (isData(text, start) && endsName(text, start + 4, end)) this.#addData(valueOf(text, start + 4, end));
    } else if (first === E) {
      if (isEvent(text, start) && endsName(text, start + 5, end))
        this.#type = this.#field(valueOf(text, start + 5, end));
    } else if (first === I) {
      if (text.charCodeAt(start + 1) === D && endsName(text, start + 2, end))
        this.#takeId(valueOf(text, start + 2, end));
    } else if (first === COLON) {
      this.#onComment?.(valueOf(text, start, end));
    } else if (text.startsWith('retry', start) && endsName(text, start + 5, end)) {
      this.#takeRetry(valueOf(text, start + 5, end));
    }
  }

  #addData(value: string): void {
    this.#field(value);
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
  }

  #takeId(value: string): void {
    if (!value.includes('\0')) this.#id = this.#field(value);
  }

  #takeRetry(value: string): void {
    if (/^[0-9]+$/.test(value)) this.#onRetry?.(Number(value));
  }

  #field(value: string): string {
    this.#count?.add(value);
    if (this.#count !== undefined && this.#count.bytes > this.#maxEventBytes) throw this.#tooLarge();
    return value;
  }

  #dispatch(): void {
    const data = this.#data;
    const type = this.#type;
    const isNew = this.#id !== this.#lastEventId;
    this.#lastEventId = this.#id;
    this.#forgetEvent();
    if (data === undefined) {
      if (isNew) this.#onId?.(this.#lastEventId);
      return;
    }
    this.#onEvent({ type: type === '' ? 'message' : type, data, lastEventId: this.#lastEventId });
  }

  #forgetEvent(): void {
    this.#data = undefined;
    this.#type = '';
    this.#eventBytes = this.#chunkBytes;
    this.#count?.reset();
  }

  /** What there is of the event, counted. */
  #counted(): FieldCount {
    const count = new FieldCount();
    for (const value of [this.#data ?? '', this.#type, this.#id === this.#lastEventId ? '' : this.#id])
      count.add(value);
    count.begin(this.#line);
    return count;
  }

  #tooLarge(): SseError {
    this.end();
    return new SseError(
      'EVENT_TOO_LARGE',
      `an event has more than ${this.#maxEventBytes} bytes (maxEventBytes)`,
    );
  }
}

/** The bytes of an event's fields, and of a line whose end is still to come. */
class FieldCount {
  #fields = 0;
  #line = 0;

  get bytes(): number {
    return this.#fields + this.#line;
  }

  add(value: string): void {
    this.#fields += utf8Length(value);
  }

  begin(line: string): void {
    this.#line += utf8Length(line);
  }

  endLine(): void {
    this.#line = 0;
  }

  reset(): void {
    this.#fields = 0;
    this.#line = 0;
  }
}

// Behind every index that a text has; a small integer, unlike Infinity.
const NOWHERE = 2 ** 30;

function endAt(index: number): number {
  return index === -1 ? NOWHERE : index;
}

function isData(text: string, start: number): boolean {
  return (
    text.charCodeAt(start + 1) === A && text.charCodeAt(start + 2) === T && text.charCodeAt(start + 3) === A
  );
}

function isEvent(text: string, start: number): boolean {
  return (
    text.charCodeAt(start + 1) === V &&
    text.charCodeAt(start + 2) === E &&
    text.charCodeAt(start + 3) === N &&
    text.charCodeAt(start + 4) === T
  );
}

/** Whether a field's name ends here: by a colon, or by the line's end, behind which no name can be. */
function endsName(text: string, at: number, end: number): boolean {
  return at === end || text.charCodeAt(at) === COLON;
}

/** @param colon where the colon is, or the line's end where there is none */
function valueOf(text: string, colon: number, end: number): string {
  if (colon === end) return '';
  const start = colon + 1;
  return text.slice(start < end && text.charCodeAt(start) === SPACE ? start + 1 : start, end);
}
