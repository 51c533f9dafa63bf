import { GAP_REASONS, type GapReason } from '../errors/gap-reason.js';
import type { ParsedEvent } from '../protocol/parse.js';

/** What a hub tells of events that a stream should have had and that are gone. */
export interface GapInfo {
  readonly reason: GapReason;
  /** How many are missing, where that is known exactly. */
  readonly count: number | undefined;
  /** Where the stream goes on from. */
  readonly lastEventId: string;
}

/** What an event tells of a gap; undefined where it is some other server's event of that name. */
export function gapOf({ data, lastEventId }: ParsedEvent): GapInfo | undefined {
  let told: unknown;
  try {
    told = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof told !== 'object' || told === null) return undefined;
  const { reason, count } = told as { reason?: unknown; count?: unknown };
  if (!GAP_REASONS.includes(reason as GapReason)) return undefined;
  return { reason: reason as GapReason, count: typeof count === 'number' ? count : undefined, lastEventId };
}
