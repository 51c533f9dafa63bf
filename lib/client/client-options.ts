import type { Awaitable } from '../async/awaitable.js';
import { shown, SseError } from '../errors/sse-error.js';
import {
  checkDelay,
  checkEventName,
  checkFunction,
  checkInteger,
  checkKeys,
  checkOneOf,
} from '../options/check.js';
import type { ParsedEvent } from '../protocol/parse.js';
import { Decoding, type Decoder } from './decoding.js';
import type { BackoffOptions, RetryContext, RetryPolicy } from './retry-policy.js';

/** A value, or a function that is asked for it anew for each attempt. */
export type Asked<T> = T | (() => Awaitable<T>);

/** What is sent as a body: as `fetch` takes it, but that a stream can be sent once only. */
export type RequestBody = NonNullable<RequestInit['body']>;

/** Headers as `fetch` takes them. */
export type RequestHeaders = NonNullable<ConstructorParameters<typeof Headers>[0]>;

/** A `fetch`, the platform's or another one. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What `SseClient.from` takes: everything about what comes, and nothing about how it is asked for. */
export interface SseReadOptions<Events = unknown> {
  /**
   * How the data of events is decoded.
   * @default 'text'
   */
  decode?: Decoder;

  /**
   * How the data of events with these names is decoded, in place of `decode`; `message` is an event without a name.
   * @default {}
   */
  decoders?: { readonly [Name in keyof Events & string]?: Decoder<Events[Name]> };

  /**
   * The last event id to begin with.
   * @default ''
   */
  lastEventId?: string;

  /**
   * Bytes of an event's fields in all; a larger one ends the client with `EVENT_TOO_LARGE`.
   * @default 16_777_216
   */
  maxEventBytes?: number;

  /**
   * Milliseconds without a single byte after which the connection is taken for dead; comments count as well, and time
   * in which events wait for their consumer does not. 0: never. Set it to more than twice the server's heartbeat.
   * @default 0
   */
  idleTimeout?: number;

  /**
   * The event behind which nothing is to come: it is not delivered, and the client is closed.
   * @default none
   */
  isEnd?: (event: ParsedEvent) => boolean;

  /**
   * The name of the event with which a hub tells of a gap.
   * @default 'gap'
   */
  gapEvent?: string;

  /**
   * Closes the client.
   * @default none
   */
  signal?: AbortSignal;
}

/** What can be set for an `SseClient`. */
export interface SseClientOptions<Events = unknown> extends SseReadOptions<Events> {
  /**
   * The method of the request.
   * @default 'GET'
   */
  method?: string;

  /**
   * Further headers of the request, or a function that is asked for them for each attempt: for a token that expires.
   * @default none
   */
  headers?: Asked<RequestHeaders>;

  /**
   * The body of the request. A stream can be sent once; where there may be several attempts, give a function.
   * @default none
   */
  body?: Asked<RequestBody | undefined>;

  /**
   * What else `fetch` takes: `credentials`, `mode`, and whatever the platform knows besides.
   * @default {}
   */
  init?: Omit<RequestInit, 'method' | 'headers' | 'body' | 'signal'>;

  /**
   * What makes the requests.
   * @default the platform's `fetch`
   */
  fetch?: Fetch;

  /**
   * Looks at an answer in place of the client, which takes status 200 and `text/event-stream` only. Throws where the
   * answer is not to be read. A 204 that it lets pass ends the client, as it does without it.
   * @default none
   */
  validate?: (response: Response) => Awaitable<void>;

  /**
   * What the end of a stream means: that it is to be gone on with (`'live'`), or that this was all (`'finite'`). A
   * finite stream that breaks is asked for again only where no event would come twice: it has ids, or none has come yet.
   * @default 'live'
   */
  mode?: 'live' | 'finite';

  /**
   * Milliseconds until the answer's head must be there; what `validate` does and what is read of an answer that is
   * refused comes behind that. 0: never.
   * @default 30_000
   */
  connectTimeout?: number;

  /**
   * Which failures end the client for good.
   * @default 'resilient'
   */
  retryPolicy?: RetryPolicy;

  /**
   * Decides about every further attempt: `true`, `false`, or milliseconds to wait. Is told what would be waited; what
   * it leaves `undefined` the policy decides.
   * @default none
   */
  shouldRetry?: (context: RetryContext) => Awaitable<boolean | number | undefined>;

  /**
   * Milliseconds within which the client connects again, at random, behind what the server asks to wait; doubled with
   * each attempt that fails.
   * @default 1_000
   */
  reconnectDelay?: number;

  /**
   * Milliseconds up to which `reconnectDelay` is doubled.
   * @default 30_000
   */
  maxReconnectDelay?: number;

  /**
   * Milliseconds that are waited at the least, whatever the server asks for.
   * @default 250
   */
  minReconnectDelay?: number;

  /**
   * Milliseconds for which a connection must be open to count as stable: attempts and delays begin anew then.
   * @default 10_000
   */
  stableAfter?: number;

  /**
   * Attempts without a stable connection between them, at the most.
   * @default Infinity
   */
  maxAttempts?: number;

  /**
   * Milliseconds without a stable connection after which no further attempt is made, from when somebody takes events.
   * @default Infinity
   */
  maxReconnectTime?: number;
}

/** {@link SseReadOptions} with every default filled in. */
export interface ResolvedReadOptions {
  readonly decoding: Decoding;
  readonly lastEventId: string;
  readonly maxEventBytes: number;
  readonly idleTimeout: number;
  readonly isEnd: ((event: ParsedEvent) => boolean) | undefined;
  readonly gapEvent: string;
  readonly signal: AbortSignal | undefined;
}

/** {@link SseClientOptions} with every default filled in. */
export interface ResolvedClientOptions extends ResolvedReadOptions, BackoffOptions {
  readonly method: string;
  readonly headers: Asked<RequestHeaders> | undefined;
  readonly body: Asked<RequestBody | undefined>;
  readonly init: object;
  readonly fetch: Fetch | undefined;
  readonly validate: ((response: Response) => Awaitable<void>) | undefined;
  readonly isFinite: boolean;
  readonly connectTimeout: number;
  readonly retryPolicy: RetryPolicy;
  readonly shouldRetry: SseClientOptions['shouldRetry'];
  readonly stableAfter: number;
  readonly maxAttempts: number;
  readonly maxReconnectTime: number;
}

const READ_KEYS = [
  'decode',
  'decoders',
  'lastEventId',
  'maxEventBytes',
  'idleTimeout',
  'isEnd',
  'gapEvent',
  'signal',
] as const satisfies readonly (keyof SseReadOptions)[];

const KEYS = [
  ...READ_KEYS,
  'method',
  'headers',
  'body',
  'init',
  'fetch',
  'validate',
  'mode',
  'connectTimeout',
  'retryPolicy',
  'shouldRetry',
  'reconnectDelay',
  'maxReconnectDelay',
  'minReconnectDelay',
  'stableAfter',
  'maxAttempts',
  'maxReconnectTime',
] as const satisfies readonly (keyof SseClientOptions)[];

const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/**
 * Checks the options of `SseClient.from` and fills in the defaults.
 * @throws SseError `INVALID_OPTION`
 */
export function resolveReadOptions(options: SseReadOptions): ResolvedReadOptions {
  checkKeys('SseClient.from', options, READ_KEYS);
  return readOptions(options);
}

/**
 * Checks the options of an `SseClient` and fills in the defaults.
 * @throws SseError `INVALID_OPTION`
 */
export function resolveClientOptions(options: SseClientOptions): ResolvedClientOptions {
  checkKeys('SseClient', options, KEYS);
  const { method = 'GET', headers, body, init = {}, fetch, validate, shouldRetry } = options;
  checkMethod(method, body !== undefined);
  checkKeys('init', init, Object.keys(init));
  for (const key of ['method', 'headers', 'body', 'signal'])
    if (key in init)
      throw new SseError('INVALID_OPTION', `init takes no ${key}; the client has that option itself`);
  const delay = (name: 'reconnectDelay' | 'maxReconnectDelay' | 'minReconnectDelay', value: number) =>
    checkDelay(name, options[name] ?? value, 0);
  return {
    ...readOptions(options),
    method,
    headers,
    body,
    init,
    fetch: fetch && checkFunction('fetch', fetch),
    validate: validate && checkFunction('validate', validate),
    isFinite: checkOneOf('mode', options.mode ?? 'live', ['live', 'finite']) === 'finite',
    connectTimeout: checkDelay('connectTimeout', options.connectTimeout ?? 30_000, 0),
    retryPolicy: checkOneOf('retryPolicy', options.retryPolicy ?? 'resilient', ['resilient', 'standard']),
    shouldRetry: shouldRetry && checkFunction('shouldRetry', shouldRetry),
    reconnectDelay: delay('reconnectDelay', 1_000),
    maxReconnectDelay: delay('maxReconnectDelay', 30_000),
    minReconnectDelay: delay('minReconnectDelay', 250),
    stableAfter: checkDelay('stableAfter', options.stableAfter ?? 10_000, 0),
    maxAttempts: checkInteger('maxAttempts', options.maxAttempts ?? Infinity, 1, true),
    maxReconnectTime: checkInteger('maxReconnectTime', options.maxReconnectTime ?? Infinity, 0, true),
  };
}

function readOptions(options: SseReadOptions): ResolvedReadOptions {
  const { decode, decoders, lastEventId = '', isEnd, signal } = options;
  return {
    decoding: new Decoding(decode, decoders),
    lastEventId: checkLastEventId(lastEventId),
    maxEventBytes: checkInteger('maxEventBytes', options.maxEventBytes ?? MAX_EVENT_BYTES, 1, true),
    idleTimeout: checkDelay('idleTimeout', options.idleTimeout ?? 0, 0),
    isEnd: isEnd && checkFunction('isEnd', isEnd),
    gapEvent: checkEventName('gapEvent', options.gapEvent ?? 'gap'),
    signal: signal && checkSignal(signal),
  };
}

/** Fetch has these as errors of type alone, and some only when it is too late to say what they come from. */
function checkMethod(method: unknown, hasBody: boolean): void {
  if (typeof method !== 'string' || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method))
    throw new SseError('INVALID_OPTION', `method must be a method of HTTP, but is ${shown(method)}`);
  if (hasBody && /^(get|head)$/i.test(method))
    throw new SseError(
      'INVALID_OPTION',
      `a ${method} request has no body; set method, for instance to 'POST'`,
    );
}

function checkLastEventId(id: unknown): string {
  if (typeof id === 'string' && !/[\0\r\n]/.test(id)) return id;
  throw new SseError(
    'INVALID_OPTION',
    `lastEventId must be a string without NUL, CR or LF, but is ${shown(id)}`,
  );
}

/** One of another realm, or a polyfill's, is one as well. */
function checkSignal(signal: unknown): AbortSignal {
  if (typeof (signal as Partial<AbortSignal>).aborted === 'boolean') return signal as AbortSignal;
  throw new SseError('INVALID_OPTION', `signal must be an AbortSignal, but is ${shown(signal)}`);
}
