import type { GapReason } from '../errors/gap-reason.js';
import { encodeEvent, idLine } from '../protocol/encode.js';

/** A block that tells the client its position and nothing else: it dispatches no event. */
export function encodePosition(position: string): Uint8Array {
  return Buffer.from(`${idLine(position)}\n`);
}

/** What a client is told of a gap. */
export interface Gap {
  readonly reason: GapReason;
  /** How many events are missing, where that is known exactly. */
  readonly count?: number | undefined;
}

/** @param position where the stream goes on from; undefined where that is told later */
export function encodeGap(event: string, gap: Gap, position: string | undefined): Uint8Array {
  return encodeEvent({ id: position, event, data: gap });
}
