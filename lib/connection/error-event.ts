import { eventText } from '../protocol/encode.js';

/** What this library needs of Nest's HttpException: an error that says what clients may be told. */
interface HttpErrorLike {
  getStatus(): number;
  getResponse(): string | object;
}

function isHttpError(error: unknown): error is HttpErrorLike {
  const { getStatus, getResponse } = (error ?? {}) as Partial<HttpErrorLike>;
  return typeof getStatus === 'function' && typeof getResponse === 'function';
}

/**
 * The event that ends a stream after an error: what the HTTP answer would have said if there still could be one. An
 * HttpException says itself what clients may know; of other errors nothing is told.
 */
export function errorEvent(error: unknown): string {
  const body = isHttpError(error) ? publicBody(error) : INTERNAL;
  try {
    return eventText({ event: 'error', data: body });
  } catch {
    return eventText({ event: 'error', data: INTERNAL });
  }
}

const INTERNAL = { statusCode: 500, message: 'Internal server error' };

function publicBody(error: HttpErrorLike): object {
  const response = error.getResponse();
  if (typeof response === 'string') return { statusCode: error.getStatus(), message: response };
  // An HttpException may wrap another error, whose properties are nobody's business.
  return response instanceof Error ? { statusCode: error.getStatus() } : response;
}
