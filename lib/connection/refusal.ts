import type { RefusalCause } from '../errors/refusal-cause.js';
import { SseError } from '../errors/sse-error.js';

/** Why a request is given no stream, and when its client is to come back. */
export interface Refusal {
  readonly cause: RefusalCause;
  /** Milliseconds. */
  readonly retry: number;
  /** Whether the client is told by the status of the answer, or by an event stream that ends at once. */
  readonly byStatus: boolean;
}

const REASONS: Record<RefusalCause, string> = {
  connections: 'there are too many streams',
  user: 'this user has too many streams',
  address: 'this address has too many streams',
  shutdown: 'the server is shutting down',
};

/** The refusal as the error that the request is answered with (RFC 9110 15.6.4, RFC 6585 4). */
export function refusalError({ cause, retry }: Refusal): SseError {
  const statusCode = cause === 'user' || cause === 'address' ? 429 : 503;
  const retryAfter = Math.ceil(retry / 1_000);
  return new SseError('OVERLOADED', `${REASONS[cause]}; come back in ${retryAfter} s`, {
    statusCode,
    retryAfter,
  });
}

/** Tells a client when to come back. */
export function retryBlock(milliseconds: number): string {
  return `retry:${milliseconds}\n\n`;
}
