import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { requestOf } from './stream-request.js';

/**
 * The id of the last event that the client has seen: from its `Last-Event-ID` header or, on a first connection, from
 * `lastEventId` in the query; undefined where there is none.
 * @throws SseError `NOT_A_STREAM` on a method without `@SseStream()`
 */
export const LastEventId = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string | undefined =>
    requestOf(context, '@LastEventId()').connection.lastEventId,
);
