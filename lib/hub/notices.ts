import type { GapReason } from '../errors/gap-reason.js';
import { eventText, idLine } from '../protocol/encode.js';

/** A block that tells the client its position and nothing else: it dispatches no event. */
export function positionBlock(position: string): string {
  return `${idLine(position)}\n`;
}

/** What a client is told of a gap. */
export interface Gap {
  readonly reason: GapReason;
  /** How many events are missing, where that is known exactly. */
  readonly count?: number | undefined;
}

/** @param position where the stream goes on from; undefined where that is told later */
export function gapEvent(event: string, gap: Gap, position: string | undefined): string {
  return eventText({ id: position, event, data: gap });
}
