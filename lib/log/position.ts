import { shown, SseError } from '../errors/sse-error.js';

/**
 * An event's place in a log: the log's epoch (one uninterrupted history) and an offset that rises within it.
 */
export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

const VERSION = '1';
const EPOCH = /^[0-9a-z]{8}$/;
const FORM = /^1([0-9a-z]{8})-(0|[1-9a-z][0-9a-z]{0,10})$/;

// The last two digits of all offsets. Positions that follow each other have everything in front of them in common, and
// a number is made text in ten times the time that putting the two together takes.
const LAST_TWO = 36 * 36;
const endings = Array.from({ length: LAST_TWO }, (_, rest) => rest.toString(36).padStart(2, '0'));
let last = { epoch: '', front: 0, text: '' };

/** The text that clients get as `id:`: opaque to them, versioned, safe in a header. */
export function formatPosition(epoch: string, offset: number): string {
  if (offset < LAST_TWO) return `${VERSION}${epoch}-${offset.toString(36)}`;
  const front = Math.floor(offset / LAST_TWO);
  if (last.front !== front || last.epoch !== epoch)
    last = { epoch, front, text: `${VERSION}${epoch}-${front.toString(36)}` };
  return last.text + endings[offset % LAST_TWO]!;
}

/** The position that a text stands for; undefined where it is none, for instance an application's own id. */
export function parsePosition(text: string): Position | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const offset = Number.parseInt(match[2]!, 36);
  return Number.isSafeInteger(offset) ? { epoch: match[1]!, offset } : undefined;
}

/** A new epoch: eight random characters, so that two histories never share positions. */
export function newEpoch(): string {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(random, (byte) => (byte % 36).toString(36)).join('');
}

/**
 * The epoch of a log, which positions must be able to name.
 * @throws SseError `INVALID_OPTION`
 */
export function checkEpoch(epoch: unknown): string {
  if (typeof epoch === 'string' && EPOCH.test(epoch)) return epoch;
  throw new SseError(
    'INVALID_OPTION',
    `the epoch of a log must be a string of eight characters of 0-9 and a-z, but is ${shown(epoch)}`,
  );
}
