/**
 * What went wrong, for programs. Codes are stable across releases; messages are for people and may change.
 *
 * - `INVALID_EVENT`: not an object with at least one of the event fields, or a field that is none.
 * - `INVALID_EVENT_NAME`: no string, or it holds CR or LF.
 * - `INVALID_ID`: no string, empty, holds NUL, CR or LF, looks like a position of the log, or is not allowed here.
 * - `INVALID_RETRY`: no non-negative integer.
 * - `INVALID_COMMENT`: no string.
 * - `INVALID_DATA`: the data cannot be serialised.
 * - `EVENT_TOO_LARGE`: an event of more bytes than `limits.eventBytes`, or than a client's `maxEventBytes`.
 * - `ID_REUSED`: an id that an earlier, not directly preceding event of the topic has.
 * - `INVALID_TOPIC`, `INVALID_USER`, `INVALID_OPTION`: a name or an option that is not of the documented shape.
 * - `INVALID_SOURCE`: a handler returned something that cannot be streamed.
 * - `TOO_MANY_TOPICS`: more topics than `limits.topicsPerStream`, or new ones faster than `limits.newTopicsPerSecond`.
 * - `FORBIDDEN`: `authorize` has refused a topic.
 * - `OVERLOADED`: a limit of connections is reached, or the hub is draining, and `overload` is `'status'`.
 * - `INVALID_TICKET`: a ticket that was not issued here, has expired or has been used.
 * - `NOT_A_STREAM`: a parameter decorator of this library on a route without `@SseStream()`.
 * - `ANSWERED_FROM_CACHE`: an interceptor kept the placeholder of a stream and answered another request with it.
 * - `CONNECT_FAILED`, `CONNECTION_LOST`, `TIMEOUT`: a client got no answer, its stream broke, or one of its times went by.
 * - `BAD_RESPONSE`: a client got an answer that is no event stream.
 * - `REQUEST_FAILED`: a function that gives a client its URL, headers or body has failed.
 * - `BODY_USED`: a stream that can be read once would have to be read again.
 * - `DECODE_FAILED`: the data of an event is not what a client's decoder takes.
 * - `RETRIES_EXHAUSTED`: a client has tried as often, or as long, as it may.
 * - `CLIENT_CLOSED`: a client is used that is closed.
 * - `FILTER_FAILED`: the filter of a stream threw, or returned a promise.
 * - `QUEUE_FULL`: a client reads more slowly than `connection.send` is called.
 * - `LOG_UNAVAILABLE`: the log cannot take events now, and nothing of this one is in it.
 * - `OUTCOME_UNKNOWN`: the log has not answered; the event may be in it.
 * - `LOG_IN_USE`: another process has opened the log, which belongs to one.
 * - `CONNECTION_CLOSED`, `HUB_CLOSED`: too late.
 *
 * `QUEUE_FULL`, `CONNECTION_CLOSED` and `HUB_CLOSED` reject a promise that need not be caught: they end whoever awaits
 * it, and harm nobody else.
 */
export type SseErrorCode =
  | 'INVALID_EVENT'
  | 'INVALID_EVENT_NAME'
  | 'INVALID_ID'
  | 'INVALID_RETRY'
  | 'INVALID_COMMENT'
  | 'INVALID_DATA'
  | 'EVENT_TOO_LARGE'
  | 'ID_REUSED'
  | 'INVALID_TOPIC'
  | 'INVALID_USER'
  | 'INVALID_OPTION'
  | 'INVALID_SOURCE'
  | 'TOO_MANY_TOPICS'
  | 'FORBIDDEN'
  | 'OVERLOADED'
  | 'INVALID_TICKET'
  | 'NOT_A_STREAM'
  | 'ANSWERED_FROM_CACHE'
  | 'CONNECT_FAILED'
  | 'CONNECTION_LOST'
  | 'TIMEOUT'
  | 'BAD_RESPONSE'
  | 'REQUEST_FAILED'
  | 'BODY_USED'
  | 'DECODE_FAILED'
  | 'RETRIES_EXHAUSTED'
  | 'CLIENT_CLOSED'
  | 'FILTER_FAILED'
  | 'QUEUE_FULL'
  | 'LOG_UNAVAILABLE'
  | 'OUTCOME_UNKNOWN'
  | 'LOG_IN_USE'
  | 'CONNECTION_CLOSED'
  | 'HUB_CLOSED';

/** The one error class of this library; tell errors apart by `code`. */
export class SseError extends Error {
  override readonly name = 'SseError';
  /**
   * The HTTP status of the answer to a request that fails with this, where it is not the application's fault. Nest
   * answers with it, as it does for the errors of http-errors.
   */
  readonly statusCode: number | undefined;
  /** The same, as http-errors has it. */
  readonly status: number | undefined;
  /** Whether clients may be told the message, as http-errors has it. */
  readonly expose: boolean;
  /** Seconds after which the request may be tried again, where that helps. */
  readonly retryAfter: number | undefined;

  constructor(
    readonly code: SseErrorCode,
    message: string,
    options: ErrorOptions & { readonly statusCode?: number; readonly retryAfter?: number } = {},
  ) {
    super(message, options);
    this.statusCode = options.statusCode;
    this.status = options.statusCode;
    this.expose = options.statusCode !== undefined;
    this.retryAfter = options.retryAfter;
  }
}

const SHOWN_CHARACTERS = 60;

/** A value as an error message shows it: JSON, cut short, and never throwing. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  // JSON has no NaN and no Infinity.
  if (typeof value === 'number') return String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = Object.prototype.toString.call(value);
  }
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}
