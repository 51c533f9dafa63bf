import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { SseError } from '../errors/sse-error.js';
import type { PlatformReply } from './platform-reply.js';

/** What Nest's filters are given of an error: an HttpException where it has a status, and the rest as it is. */
export function toHttpError(error: unknown, reply: PlatformReply): unknown {
  if (!(error instanceof SseError) || error.statusCode === undefined) return error;
  const { statusCode, message, retryAfter } = error;
  if (retryAfter !== undefined) reply.header?.('retry-after', String(retryAfter));
  const body = HttpException.createBody(message, STATUS_CODES[statusCode] ?? 'Error', statusCode);
  return new HttpException(body, statusCode, { cause: error });
}
