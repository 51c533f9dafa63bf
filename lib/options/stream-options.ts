import { shown, SseError } from '../errors/sse-error.js';
import { checkBoolean, checkDelay, checkEventName, checkInteger, checkKeys, checkOneOf } from './check.js';

/** What is written to a stream that has had no traffic for a while, so that proxies and clients see that it lives. */
export interface HeartbeatOptions {
  /**
   * Milliseconds without traffic after which a heartbeat is written; rounded up to 100 ms. 0 turns heartbeats off; then
   * a client that vanishes without a word is noticed only when something is sent to it.
   * @default 15_000
   */
  interval?: number;

  /**
   * The text of the comment that is written where no position is due.
   * @default ''
   */
  comment?: string;

  /**
   * Whether the heartbeats of caught-up hub streams carry the position (`id:` without `data:`), so that a client of
   * quiet topics does not reconnect from a position that retention has left behind.
   * @default true
   */
  position?: boolean;

  /**
   * The name of an event that heartbeats are sent as, with empty data, so that scripts in a page can see them.
   * @default undefined: a comment or a position, which scripts do not see
   */
  event?: string;
}

/** What can be set for the whole module and for one stream. */
export interface StreamOptions {
  /**
   * Milliseconds after which clients reconnect, sent at the head of every stream (WHATWG HTML 9.2.6, `retry`): what
   * a client was told when it was refused or sent away would stick otherwise. `false` sends none.
   * @default 3_000
   */
  retry?: number | false;

  /** Heartbeats, or `false` for none. */
  heartbeat?: HeartbeatOptions | false;

  /**
   * When the head of the response is sent: within a turn of the event loop after the handler has returned
   * (`'open'`), or with the first event (`'first-event'`), for sources that may still fail with an HTTP error.
   * @default 'open'
   */
  headAfter?: 'open' | 'first-event';

  /**
   * Milliseconds after which `headAfter: 'first-event'` sends the head all the same.
   * @default 10_000
   */
  headTimeout?: number;

  /**
   * Bytes that `connection.send` and sources that cannot be paused (Observables) may have pending for one client.
   * When they are exceeded the connection is closed with the reason `queue-full`. One event is always accepted while
   * nothing is pending.
   * @default 1_048_576
   */
  maxSendQueue?: number;

  /**
   * Milliseconds in which a client must take what is pending for it, for each 64 KiB of that. One that does not is
   * closed with the reason `stalled`. 0 waits for ever.
   * @default 60_000
   */
  stallTimeout?: number;
}

/** {@link HeartbeatOptions} with every default filled in. */
export interface ResolvedHeartbeat {
  readonly interval: number;
  readonly comment: string;
  readonly position: boolean;
  readonly event: string | undefined;
}

/** {@link StreamOptions} with every default filled in. */
export interface ResolvedStreamOptions {
  readonly retry: number | false;
  readonly heartbeat: ResolvedHeartbeat;
  readonly headAfter: 'open' | 'first-event';
  readonly headTimeout: number;
  readonly maxSendQueue: number;
  readonly stallTimeout: number;
}

export const STREAM_OPTION_KEYS = [
  'retry',
  'heartbeat',
  'headAfter',
  'headTimeout',
  'maxSendQueue',
  'stallTimeout',
] as const;

const NO_HEARTBEAT: ResolvedHeartbeat = { interval: 0, comment: '', position: false, event: undefined };

const DEFAULTS: ResolvedStreamOptions = {
  retry: 3_000,
  heartbeat: { interval: 15_000, comment: '', position: true, event: undefined },
  headAfter: 'open',
  headTimeout: 10_000,
  maxSendQueue: 1024 * 1024,
  stallTimeout: 60_000,
};

/**
 * Checks the options and fills in what is missing: from `base` (the module's options, for one stream) or the defaults.
 * @throws SseError `INVALID_OPTION`
 */
export function resolveStreamOptions(
  options: StreamOptions,
  base: ResolvedStreamOptions = DEFAULTS,
): ResolvedStreamOptions {
  const { retry = base.retry, headAfter = base.headAfter } = options;
  const { headTimeout = base.headTimeout, maxSendQueue = base.maxSendQueue } = options;
  const { stallTimeout = base.stallTimeout } = options;
  return {
    retry: retry === false ? false : checkInteger('retry', retry, 0),
    heartbeat: resolveHeartbeat(options.heartbeat, base.heartbeat),
    headAfter: checkOneOf('headAfter', headAfter, ['open', 'first-event']),
    headTimeout: checkDelay('headTimeout', headTimeout, 1),
    maxSendQueue: checkInteger('maxSendQueue', maxSendQueue, 1),
    stallTimeout: checkDelay('stallTimeout', stallTimeout, 0),
  };
}

function resolveHeartbeat(
  options: HeartbeatOptions | false | undefined,
  base: ResolvedHeartbeat,
): ResolvedHeartbeat {
  if (options === undefined) return base;
  if (options === false) return NO_HEARTBEAT;
  checkKeys('heartbeat', options, ['interval', 'comment', 'position', 'event']);
  const { interval = base.interval, comment = base.comment } = options;
  const { position = base.position, event = base.event } = options;
  if (typeof comment !== 'string' || /[\r\n]/.test(comment)) {
    throw new SseError(
      'INVALID_OPTION',
      `heartbeat.comment must be a string of one line, but is ${shown(comment)}`,
    );
  }
  return {
    interval: checkInteger('heartbeat.interval', interval, 0),
    comment,
    position: checkBoolean('heartbeat.position', position),
    event: event === undefined ? undefined : checkEventName('heartbeat.event', event),
  };
}
