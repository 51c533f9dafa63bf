import type { ResolvedHeartbeat } from '../options/stream-options.js';
import { idLine } from '../protocol/encode.js';

/** What a quiet stream is written: its position where it has one to tell, a comment otherwise, or a named event. */
export function heartbeatBlock({ event, comment }: ResolvedHeartbeat, position: string | undefined): string {
  const id = position === undefined ? '' : idLine(position);
  if (event !== undefined) return `${id}event:${event}\ndata:\n\n`;
  const isComment = id === '' || comment !== '';
  return isComment ? `${id}:${comment}\n\n` : `${id}\n`;
}
