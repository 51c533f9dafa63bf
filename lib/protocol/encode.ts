import { shown, SseError } from '../errors/sse-error.js';
import { isEvent, type SseEvent } from './event.js';
import { serializeData, type DataKind, type SerializedData } from './serialize.js';

/** A checked event as the text of its block, all but the `id:` line. */
export interface EncodedEvent {
  readonly id: string | undefined;
  /** The lines of the block with the blank line that ends it; `idLine(id) + body` is the whole block. */
  readonly body: string;
  readonly kind: DataKind;
}

const utf8 = new TextEncoder();

/**
 * The bytes of one event: `id:`, `event:`, `retry:`, comment and `data:` lines without a space after the colon, and
 * the blank line (WHATWG HTML 9.2.5 and 9.2.6).
 * @throws SseError `INVALID_EVENT`, `INVALID_ID`, `INVALID_EVENT_NAME`, `INVALID_RETRY`, `INVALID_COMMENT`, `INVALID_DATA`
 */
export function encodeEvent(event: SseEvent): Uint8Array {
  return utf8.encode(eventText(event));
}

/**
 * The same as {@link encodeEvent}, before its text is made bytes.
 * @throws SseError as {@link encodeEvent}
 */
export function eventText(event: SseEvent): string {
  return wholeBlock(encodeFields(event));
}

/** The whole block of an event that has its id, or none. */
export function wholeBlock({ id, body }: EncodedEvent): string {
  return id === undefined ? body : idLine(id) + body;
}

/**
 * Checks an event and encodes all but its `id:` line, which is known only when the log has given it its position.
 * @throws SseError as {@link encodeEvent}
 */
export function encodeFields(event: SseEvent, serialize?: (data: unknown) => string): EncodedEvent {
  if (!isEvent(event)) throw invalidEvent(event);
  const id = checkId(event.id);
  let body = nameLine(event) + retryLine(event.retry) + commentLines(event.comment);
  let kind: DataKind = 'text';
  if (event.data !== undefined) {
    const data: SerializedData = serializeData(event.data, serialize);
    kind = data.kind;
    // Neither JSON nor base64 has line ends, or begins with a space.
    body += data.kind === 'text' ? lines('data:', data.text) : `data:${data.text}\n`;
  }
  if (body === '' && id === undefined) throw invalidEvent(event);
  return { id, body: body + '\n', kind };
}

/** The `id:` line of a checked id. */
export function idLine(id: string): string {
  return line('id:', id);
}

function invalidEvent(event: unknown): SseError {
  return new SseError(
    'INVALID_EVENT',
    `an event is an object with one or more of event, id, data, retry and comment and nothing else, but is ${shown(event)}; to send a value, wrap it: { data: value }`,
  );
}

function checkId(id: unknown): string | undefined {
  if (id === undefined) return undefined;
  // An empty id would clear the client's last event id; one with NUL is ignored by clients (WHATWG HTML 9.2.6).
  if (typeof id === 'string' && id !== '' && !/[\0\r\n]/.test(id)) return id;
  throw new SseError('INVALID_ID', `an id is a non-empty string without NUL, CR or LF, but is ${shown(id)}`);
}

function nameLine({ event, type }: SseEvent): string {
  if (event !== undefined && type !== undefined && event !== type) {
    throw new SseError(
      'INVALID_EVENT',
      `event and type are the same field, but are ${shown(event)} and ${shown(type)}`,
    );
  }
  const name: unknown = event === undefined ? type : event;
  if (name === undefined || name === '') return '';
  if (typeof name === 'string') return nameLines.get(name) ?? keptNameLine(name);
  throw invalidName(name);
}

/** The lines of names that were checked last: applications have few, and checking takes as long as all other fields. */
const nameLines = new Map<string, string>();
const KEPT_NAMES = 100;
const KEPT_LENGTH = 100;

function keptNameLine(name: string): string {
  if (/[\r\n]/.test(name)) throw invalidName(name);
  if (name.length > KEPT_LENGTH) return line('event:', name);
  if (nameLines.size === KEPT_NAMES) nameLines.clear();
  // A copy: one that was cut out of a larger string would keep that alive.
  const kept = ` ${name}`.slice(1);
  const text = line('event:', kept);
  nameLines.set(kept, text);
  return text;
}

function invalidName(name: unknown): SseError {
  return new SseError(
    'INVALID_EVENT_NAME',
    `an event name is a string without CR or LF, but is ${shown(name)}`,
  );
}

function retryLine(retry: unknown): string {
  if (retry === undefined) return '';
  if (Number.isSafeInteger(retry) && (retry as number) >= 0) return `retry:${retry as number}\n`;
  throw new SseError(
    'INVALID_RETRY',
    `retry is a non-negative integer of milliseconds, but is ${shown(retry)}`,
  );
}

function commentLines(comment: unknown): string {
  if (comment === undefined) return '';
  if (typeof comment === 'string') return lines(':', comment);
  throw new SseError('INVALID_COMMENT', `a comment is a string, but is ${shown(comment)}`);
}

/** One line for each line of the text; the standard knows CR, LF and CRLF as line ends. */
function lines(field: string, text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return line(field, text);
  let block = '';
  for (const part of text.split(/\r\n|\r|\n/)) block += line(field, part);
  return block;
}

const SPACE = 32;

/** Clients take one space off a value's beginning, so a value that begins with one gets one more. */
function line(field: string, value: string): string {
  return value.charCodeAt(0) === SPACE ? `${field} ${value}\n` : `${field}${value}\n`;
}
