import type { LogRecord } from '../log/event-log.js';
import { formatPosition } from '../log/position.js';
import { idLine } from '../protocol/encode.js';

/** The frames of consecutive records as one piece of bytes, which all streams that need them share. */
export function encodeRun(records: readonly LogRecord[], epoch: string): Uint8Array {
  let text = '';
  for (const { id, offset, body } of records) text += idLine(id ?? formatPosition(epoch, offset)) + body;
  return Buffer.from(text);
}
