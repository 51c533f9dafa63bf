import type { LogRecord } from '../log/event-log.js';
import { formatPosition } from '../log/position.js';
import { idLine } from '../protocol/encode.js';

/** Records whose bytes are made once for all streams that need them. */
export interface Run {
  bytes(epoch: string): Uint8Array;
}

/** The frames of consecutive records as one piece of bytes, which all streams that need them share. */
export function encodeRun(records: readonly LogRecord[], epoch: string): Uint8Array {
  let text = '';
  for (const { id, offset, body } of records) text += idLine(id ?? formatPosition(epoch, offset)) + body;
  return Buffer.from(text);
}
