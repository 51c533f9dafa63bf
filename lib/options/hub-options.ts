import { SseError } from '../errors/sse-error.js';
import {
  checkBoolean,
  checkDelay,
  checkDelayRange,
  checkEventName,
  checkFunction,
  checkKeys,
  checkOneOf,
  type DelayRange,
} from './check.js';
import { resolveFlushIntervals, type TopicFlush } from './flush-options.js';
import { resolveLimits, type LimitOptions, type Limits } from './limit-options.js';
import {
  resolveStreamOptions,
  STREAM_OPTION_KEYS,
  type ResolvedStreamOptions,
  type StreamOptions,
} from './stream-options.js';
import type { TopicRules } from './topic-rules.js';

/** Where an error that no caller can catch came from. */
export type ErrorOrigin = 'stream' | 'filter' | 'log';

/** What can be set for a hub, next to its log. */
export interface HubOptions extends StreamOptions {
  /**
   * The name of the event that tells a client of a gap.
   * @default 'gap'
   */
  gapEvent?: string;

  /**
   * Turns the data of an event into text, for all data but `undefined`.
   * @default strings as they are, Uint8Array as base64, everything else as JSON
   */
  serialize?: (data: unknown) => string;

  /**
   * Milliseconds for which an event waits for further ones of its topic, so that they leave with one write for each
   * stream: latency for less work, on topics that are published to many times a second. 0 lets only those leave
   * together that are published in one turn of the event loop. Nothing waits longer once 65,536 characters of a topic
   * do.
   * @default 0
   */
  flushInterval?: number;

  /**
   * Topics with a `flushInterval` of their own: the `topic` or the `prefix` that it holds for. A topic's own name wins
   * over a prefix, a longer prefix over a shorter. A stream that follows a topic that waits and one that does not gets
   * what waits when something comes that does not: its events stay in order.
   * @default none
   */
  topics?: readonly TopicFlush[];

  /**
   * Whether bytes are written past the responses: over HTTP/1.1 to the socket, in chunks that are framed once for all
   * streams, and over HTTP/2 to its stream. Not over HTTP/1.0, not where the body is encoded, and not where somebody has
   * replaced `response.write` before the stream is opened. Whoever replaces that of all responses in
   * `OutgoingMessage.prototype` or `Http2ServerResponse.prototype` is seen only if they do so after this package is
   * loaded, and those who do so before need `false`, which writes to the responses always.
   * @default true
   */
  rawWrites?: boolean;

  /** How much of everything there may be. */
  limits?: LimitOptions;

  /**
   * How a request is answered that a limit of connections or the shutdown leaves no stream for. `'retry'`: with an
   * event stream (200) that holds a `retry:` and ends, so that browsers come back; any other status makes an
   * `EventSource` give up for good. `'status'`: with 503, or 429 for the limits of a user and an address, and with
   * Retry-After (RFC 9110 10.2.3).
   * @default 'retry'
   */
  overload?: 'retry' | 'status';

  /**
   * Milliseconds, at random between the two, after which those come back whom a limit has refused.
   * @default { min: 5_000, max: 15_000 }
   */
  overloadRetry?: DelayRange;

  /**
   * Milliseconds over which the open streams are ended when the application shuts down, evenly, so that they do not
   * all come back at once. At most `drainTimeout`.
   * @default 2_000, or half of `drainTimeout` where that is less
   */
  drainWindow?: number;

  /**
   * Milliseconds, at random between the two, after which those come back whom the shutdown has sent away.
   * @default { min: 1_000, max: 5_000 }
   */
  drainRetry?: DelayRange;

  /**
   * Milliseconds from the beginning of the shutdown after which streams that have not taken their last bytes are
   * dropped. Bounds the hub's part of `app.close()`; other connections are Nest's, see `forceCloseConnections` there. A
   * stream that ends at any other time has as long for its last bytes.
   * @default 5_000
   */
  drainTimeout?: number;

  /**
   * Told of errors that no caller can catch: a source that fails after the head was sent, a filter that throws.
   * @default in a Nest application, Nest's logger; elsewhere `console.error`
   */
  onError?: (error: unknown, origin: ErrorOrigin) => void;
}

/** {@link HubOptions} with every default filled in. */
export interface ResolvedHubOptions {
  readonly stream: ResolvedStreamOptions;
  readonly gapEvent: string;
  readonly serialize: ((data: unknown) => string) | undefined;
  /** Of public topics; what is sent to users and broadcast has that of topics without a rule. */
  readonly flushIntervals: TopicRules<number>;
  readonly rawWrites: boolean;
  readonly limits: Limits;
  readonly overload: 'retry' | 'status';
  readonly overloadRetry: DelayRange;
  readonly drainWindow: number;
  readonly drainRetry: DelayRange;
  readonly drainTimeout: number;
  readonly onError: (error: unknown, origin: ErrorOrigin) => void;
}

const KEYS = [
  ...STREAM_OPTION_KEYS,
  'gapEvent',
  'serialize',
  'flushInterval',
  'topics',
  'rawWrites',
  'limits',
  'overload',
  'overloadRetry',
  'drainWindow',
  'drainRetry',
  'drainTimeout',
  'onError',
];

/**
 * Checks the options and fills in the defaults.
 * @param others the names of further options, which are checked elsewhere
 * @throws SseError `INVALID_OPTION`
 */
export function resolveHubOptions(options: HubOptions, others: readonly string[] = []): ResolvedHubOptions {
  checkKeys('SseModule', options, [...KEYS, ...others]);
  const { gapEvent = 'gap', serialize, limits = {}, onError = reportError } = options;
  const { overload = 'retry', overloadRetry = { min: 5_000, max: 15_000 } } = options;
  const { flushInterval = 0, topics = [], rawWrites = true, drainTimeout = 5_000 } = options;
  checkDelay('drainTimeout', drainTimeout, 0);
  const {
    drainWindow = Math.min(2_000, Math.floor(drainTimeout / 2)),
    drainRetry = { min: 1_000, max: 5_000 },
  } = options;
  return {
    stream: resolveStreamOptions(options),
    gapEvent: checkEventName('gapEvent', gapEvent),
    serialize: serialize === undefined ? undefined : checkFunction('serialize', serialize),
    flushIntervals: resolveFlushIntervals(flushInterval, topics),
    rawWrites: checkBoolean('rawWrites', rawWrites),
    limits: resolveLimits(limits),
    overload: checkOneOf('overload', overload, ['retry', 'status']),
    overloadRetry: checkDelayRange('overloadRetry', overloadRetry),
    drainWindow: checkWindow(drainWindow, drainTimeout),
    drainRetry: checkDelayRange('drainRetry', drainRetry),
    drainTimeout,
    onError: checkFunction('onError', onError),
  };
}

function checkWindow(drainWindow: number, drainTimeout: number): number {
  const window = checkDelay('drainWindow', drainWindow, 0);
  if (window <= drainTimeout) return window;
  throw new SseError(
    'INVALID_OPTION',
    `drainWindow must not be longer than drainTimeout (${drainTimeout} ms), which ends it, but is ${window} ms`,
  );
}

/** Outside of an application that logs, an error that nobody can catch must still be seen. */
function reportError(error: unknown): void {
  // oxlint-disable-next-line no-console -- there is no other place to tell it
  console.error(error);
}
