import type { SseClientError } from './client-error.js';

// What a timer takes; one that is set for longer fires at once.
export const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Why there is no stream, or none any more.
 *
 * - `end`: the server has ended it.
 * - `network`: there was no connection, or it broke.
 * - `timeout`: `connectTimeout` or `idleTimeout` went by.
 * - `status`: the answer had another status than 200.
 * - `response`: the answer was no event stream, or `validate` has refused it.
 * - `request`: a function that gives the URL, the headers or the body has failed.
 */
export type FailureKind = 'end' | 'network' | 'timeout' | 'status' | 'response' | 'request';

/** What is known when it is to be decided whether to connect again. */
export interface RetryContext {
  readonly kind: FailureKind;
  /** The status of the answer, where that was what was wrong. */
  readonly status: number | undefined;
  /** How many attempts there have been since a connection was last stable, at least 1. */
  readonly attempt: number;
  /** Milliseconds that would be waited. */
  readonly delay: number;
  /** What went wrong; undefined where the server has ended the stream. */
  readonly error: SseClientError | undefined;
}

/**
 * Which failures end the client for good.
 *
 * - `resilient`: the answers 204 and 4xx, but for 408, 425 and 429, and what is no event stream.
 * - `standard`: every answer but an event stream with status 200 (WHATWG HTML 9.2.3), and what fails before a request.
 */
export type RetryPolicy = 'resilient' | 'standard';

/** Whether the policy connects again. */
export function isRetried(policy: RetryPolicy, kind: FailureKind, status: number | undefined): boolean {
  if (kind === 'end' || kind === 'network' || kind === 'timeout') return true;
  if (policy === 'standard') return false;
  if (kind === 'request') return true;
  return status !== undefined && (status >= 500 || status === 408 || status === 425 || status === 429);
}

export interface BackoffOptions {
  /** Milliseconds within which the first attempt is made, at random; doubled with each further one. */
  readonly reconnectDelay: number;
  /** Milliseconds up to which they are doubled. */
  readonly maxReconnectDelay: number;
  /** Milliseconds that are waited at the least, whatever the server says. */
  readonly minReconnectDelay: number;
}

/**
 * Milliseconds to wait before an attempt: what the server has told to wait at least, and behind that a random part of a
 * time that doubles with each failure ("full jitter"), so that clients which were cut off together do not come together.
 * @param failures attempts that have failed since a connection was last stable
 * @param told milliseconds that the server has asked for
 */
export function backoff(
  options: BackoffOptions,
  failures: number,
  told: number,
  random: () => number,
): number {
  const { reconnectDelay, maxReconnectDelay, minReconnectDelay } = options;
  const spread = Math.min(maxReconnectDelay, reconnectDelay * 2 ** failures);
  const delay = Math.max(minReconnectDelay, told) + random() * spread;
  return Math.min(Math.round(delay), LONGEST_DELAY);
}

/** Milliseconds from now that a `Retry-After` header asks for: seconds, or a date (RFC 9110 10.2.3); undefined for none. */
export function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1_000, LONGEST_DELAY);
  // Every form of an HTTP date begins with the name of a day; Date.parse takes much besides.
  const date = /^[A-Z][a-z]{2,}/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(date - now, 0), LONGEST_DELAY);
}
