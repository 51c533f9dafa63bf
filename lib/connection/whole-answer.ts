import type { SseError } from '../errors/sse-error.js';
import type { Headers } from './exchange.js';
import { eventStreamHeaders } from './event-stream-head.js';
import { retryBlock, type Refusal } from './refusal.js';

/** An answer whose body is known when its head is sent. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Empty for none. */
  readonly body: string;
}

/** The head of an event stream, and nothing behind it: for HEAD, and for a status that allows no body. */
export function headOnly(status: number, httpVersionMajor: number): WholeAnswer {
  return { status, headers: eventStreamHeaders(httpVersionMajor, status), body: '' };
}

/** An event stream that tells the client when to come back, and ends. */
export function refusedStream({ retry }: Refusal, httpVersionMajor: number): WholeAnswer {
  return { status: 200, headers: eventStreamHeaders(httpVersionMajor, 200), body: retryBlock(retry) };
}

/** An error that has a status, as Nest would answer it; where there is no Nest. */
export function errorAnswer({ statusCode = 500, message, retryAfter }: SseError): WholeAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  return {
    status: statusCode,
    headers: retryAfter === undefined ? headers : { ...headers, 'retry-after': String(retryAfter) },
    body: JSON.stringify({ statusCode, message }),
  };
}
