import { andThen, type Awaitable } from '../async/awaitable.js';
import { checkDelay } from '../options/check.js';
import { SseClientError } from './client-error.js';
import type { ResolvedClientOptions } from './client-options.js';
import type { Failure } from './failure.js';
import { backoff, isRetried, LONGEST_DELAY } from './retry-policy.js';
import type { Ended, Session } from './session.js';

/** Decides after each failure whether there is another attempt, and when. */
export class Reconnection {
  /** Attempts since a connection was last stable, and when the first of them was made. */
  #attempts = 0;
  #since = 0;
  /** Milliseconds that the server wants to be waited; 0 where it has not said so. */
  #retry = 0;

  constructor(private readonly options: ResolvedClientOptions) {}

  /** @param milliseconds of a `retry` field, which sticks */
  onRetry(milliseconds: number): void {
    this.#retry = Math.min(milliseconds, LONGEST_DELAY);
  }

  /** Begins anew: there has been no attempt yet. */
  begin(): void {
    this.#attempts = 0;
    this.#since = performance.now();
  }

  decide(failure: Failure, session: Session): Awaitable<number | Ended> {
    const { options } = this;
    const { kind, status, error, retryAfter = 0 } = failure;
    const now = performance.now();
    if (session.openedAt !== undefined && now - session.openedAt >= options.stableAfter) this.begin();
    this.#attempts++;
    if (failure.isFinal === true) return { error };
    if (options.isFinite && kind === 'end') return { error: undefined };
    if (options.isFinite && session.hasUnmarked) return { error: notAgain(failure) };
    const told = Math.max(this.#retry, retryAfter);
    const delay = backoff(options, this.#attempts - 1, told, Math.random);
    const context = { kind, status, attempt: this.#attempts, delay, error };
    return andThen(options.shouldRetry?.(context), (answer) => {
      if (!(answer === undefined ? isRetried(options.retryPolicy, kind, status) : answer !== false))
        return { error };
      return this.#limited(typeof answer === 'number' ? checkDelay('shouldRetry', answer, 0) : delay, error);
    });
  }

  #limited(delay: number, cause: SseClientError | undefined): number | Ended {
    const { maxAttempts, maxReconnectTime } = this.options;
    if (this.#attempts >= maxAttempts)
      return { error: exhausted(`after ${this.#attempts} attempts (maxAttempts)`, cause) };
    if (performance.now() + delay - this.#since > maxReconnectTime)
      return { error: exhausted(`since ${maxReconnectTime} ms would be over (maxReconnectTime)`, cause) };
    return delay;
  }
}

function exhausted(why: string, cause: SseClientError | undefined): SseClientError {
  const last = cause === undefined ? 'the server has ended the stream' : cause.message;
  return new SseClientError('RETRIES_EXHAUSTED', `no further attempt ${why}; at last ${last}`, {
    cause,
    ...(cause?.response === undefined ? {} : { response: cause.response }),
  });
}

function notAgain({ error }: Failure): SseClientError {
  return new SseClientError(
    'CONNECTION_LOST',
    `a finite stream broke behind events without an id that can be sent, so that a new request would bring them again: ${error?.message ?? ''}`,
    { cause: error },
  );
}
