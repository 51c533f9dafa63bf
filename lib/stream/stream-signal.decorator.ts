import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { requestOf } from './stream-request.js';

/**
 * An AbortSignal that is aborted when the stream is over, also while the handler is still preparing it.
 * @throws SseError `NOT_A_STREAM` on a method without `@SseStream()`
 */
export const StreamSignal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): AbortSignal =>
    requestOf(context, '@StreamSignal()').connection.signal,
);
