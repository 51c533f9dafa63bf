import { checkDelay, checkEventName, checkFunction, checkKeys } from './check.js';
import {
  resolveStreamOptions,
  STREAM_OPTION_KEYS,
  type ResolvedStreamOptions,
  type StreamOptions,
} from './stream-options.js';

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
   * Milliseconds that ended streams have to take their last bytes before their sockets are destroyed. Bounds
   * `app.close()`.
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
  readonly drainTimeout: number;
  readonly onError: (error: unknown, origin: ErrorOrigin) => void;
}

const KEYS = [...STREAM_OPTION_KEYS, 'gapEvent', 'serialize', 'drainTimeout', 'onError', 'log'];

/**
 * Checks the options and fills in the defaults.
 * @throws SseError `INVALID_OPTION`
 */
export function resolveHubOptions(options: HubOptions): ResolvedHubOptions {
  checkKeys('SseModule', options, KEYS);
  const { gapEvent = 'gap', serialize, drainTimeout = 5_000, onError = reportError } = options;
  return {
    stream: resolveStreamOptions(options),
    gapEvent: checkEventName('gapEvent', gapEvent),
    serialize: serialize === undefined ? undefined : checkFunction('serialize', serialize),
    drainTimeout: checkDelay('drainTimeout', drainTimeout, 0),
    onError: checkFunction('onError', onError),
  };
}

/** Outside of an application that logs, an error that nobody can catch must still be seen. */
function reportError(error: unknown): void {
  // oxlint-disable-next-line no-console -- there is no other place to tell it
  console.error(error);
}
