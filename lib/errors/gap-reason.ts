/**
 * Why events are missing, as clients are told it in the data of a `gap` event.
 *
 * - `evicted`: retention had taken them away before the client came back.
 * - `epoch`: the id belongs to a history that is over, for instance that of a memory log before a restart; or the log has
 *   lost what it had acknowledged, as a Redis does that fails over to a replica which lags.
 * - `unknown-id`: the id is none that this hub has given or still knows.
 * - `lag`: the client reads so slowly that retention has overtaken it.
 *
 * @useDeclaredType
 */
export type GapReason = (typeof GAP_REASONS)[number];

export const GAP_REASONS = ['evicted', 'epoch', 'unknown-id', 'lag'] as const;
