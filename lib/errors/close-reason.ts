/**
 * Why a connection ended.
 *
 * - `client`: the client went away.
 * - `complete`: the source that the handler returned has ended, the answer has no body (HEAD, 204), or the application
 *   has ended the response by itself.
 * - `closed`: `connection.close()` was called.
 * - `disconnected`: `hub.disconnect(user)` was called.
 * - `error`: the handler, its source, its snapshot or the log failed after the head was sent.
 * - `filter-failed`: the stream's filter threw.
 * - `queue-full`: `connection.send` was called faster than the client reads.
 * - `lag`: the client fell behind retention and the stream has `onLag: 'disconnect'`.
 * - `stalled`: the client took nothing of what was pending for longer than `stallTimeout`.
 * - `expired`: the time that the stream's `expiresAt` names had come.
 * - `overload`: a limit of connections was reached.
 * - `shutdown`: the hub was closed.
 *
 * @useDeclaredType
 */
export type CloseReason = (typeof CLOSE_REASONS)[number];

export const CLOSE_REASONS = [
  'client',
  'complete',
  'closed',
  'disconnected',
  'error',
  'filter-failed',
  'queue-full',
  'lag',
  'stalled',
  'expired',
  'overload',
  'shutdown',
] as const;
