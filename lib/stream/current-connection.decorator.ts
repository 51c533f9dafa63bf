import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { SseConnection } from '../connection/sse-connection.js';
import { requestOf } from './stream-request.js';

/**
 * The client's connection, for `send`, `subscribe` and `close`. A handler that takes it may return nothing; the stream
 * then stays open until the connection is closed.
 * @throws SseError `NOT_A_STREAM` on a method without `@SseStream()`
 */
export const CurrentConnection = createParamDecorator(
  (_data: unknown, context: ExecutionContext): SseConnection => {
    const request = requestOf(context, '@CurrentConnection()');
    request.usesConnection = true;
    return request.connection;
  },
);
