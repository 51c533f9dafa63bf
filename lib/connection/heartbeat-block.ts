import type { ResolvedHeartbeat } from '../options/stream-options.js';
import { idLine } from '../protocol/encode.js';

/** What a quiet stream is written: its position where it has one to tell, a comment otherwise, or a named event. */
export function encodeHeartbeat(
  { event, comment }: ResolvedHeartbeat,
  position: string | undefined,
): Uint8Array {
  const id = position === undefined ? '' : idLine(position);
  if (event !== undefined) return Buffer.from(`${id}event:${event}\ndata:\n\n`);
  const isComment = id === '' || comment !== '';
  return Buffer.from(isComment ? `${id}:${comment}\n\n` : `${id}\n`);
}
