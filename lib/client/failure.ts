import { SseClientError } from './client-error.js';
import type { FailureKind } from './retry-policy.js';

/** Why an attempt has come to nothing, or a stream to its end. */
export interface Failure {
  readonly kind: FailureKind;
  /** Undefined where the server has ended the stream. */
  readonly error: SseClientError | undefined;
  /** The status of the answer, where that is what is wrong. */
  readonly status?: number | undefined;
  /** Whether there is no sense in another attempt, whatever the policy says. */
  readonly isFinal?: boolean;
  /** Milliseconds that the server has asked to wait. */
  readonly retryAfter?: number | undefined;
}

/** What was thrown: something, so that it can be told from nothing. */
export function thrown(error: unknown): unknown {
  return error === undefined ? new Error('undefined was thrown') : error;
}

/** Text of an error, with what it comes from: `fetch` hides that behind "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
