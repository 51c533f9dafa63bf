import { CLOSE_REASONS, type CloseReason } from '../errors/close-reason.js';
import { GAP_REASONS, type GapReason } from '../errors/gap-reason.js';
import { REFUSAL_CAUSES, type RefusalCause } from '../errors/refusal-cause.js';

/** What a hub has done since it was made, and what it holds at present; of this node. */
export interface HubStats {
  /** Streams that are open. */
  readonly open: number;
  /** Streams that are open and follow topics, and have not yet been written everything that is new. */
  readonly lagging: number;
  /** Streams that have been opened. */
  readonly opened: number;
  /** Streams that were opened and have ended, by reason. */
  readonly closed: Readonly<Record<CloseReason, number>>;
  /** Requests that were not given a stream, by cause. */
  readonly refused: Readonly<Record<RefusalCause, number>>;
  /** Events that were published here. */
  readonly published: number;
  /** Events that were written to streams, live or replayed: one for each event and stream. */
  readonly delivered: number;
  /** Those of `delivered` that were read from the log. */
  readonly replayed: number;
  /** Bytes of bodies that were written to streams. */
  readonly bytes: number;
  /** Gaps that clients were told of, by reason. */
  readonly gaps: Readonly<Record<GapReason, number>>;
}

/** What is counted as it happens. */
export class Counters {
  opened = 0;
  published = 0;
  delivered = 0;
  replayed = 0;
  bytes = 0;
  readonly closed = zeros(CLOSE_REASONS);
  readonly refused = zeros(REFUSAL_CAUSES);
  readonly gaps = zeros(GAP_REASONS);

  /** A copy of the counts. */
  read(): Omit<HubStats, 'open' | 'lagging'> {
    const { opened, published, delivered, replayed, bytes, closed, refused, gaps } = this;
    const counts = { opened, published, delivered, replayed, bytes };
    return { ...counts, closed: { ...closed }, refused: { ...refused }, gaps: { ...gaps } };
  }
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
