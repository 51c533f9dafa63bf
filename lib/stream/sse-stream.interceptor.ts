import * as common from '@nestjs/common';
import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  catchError,
  concat,
  defaultIfEmpty,
  finalize,
  from,
  ignoreElements,
  mergeMap,
  NEVER,
  of,
  race,
  takeLast,
  throwError,
  type Observable,
} from 'rxjs';
import type { Connection } from '../connection/connection.js';
import { SseHub } from '../hub/sse-hub.js';
import type { ResolvedStreamOptions, StreamOptions } from '../options/stream-options.js';
import { toHttpError } from './http-error.js';
import type { PlatformReply } from './platform-reply.js';
import { SSE_STREAM_OPTIONS } from './sse-stream.metadata.js';
import { STREAM_PLACEHOLDER } from './stream-placeholder.js';
import { keepRequest, StreamRequest } from './stream-request.js';

// Where Nest 12 looks for what @SseSignal() gives; Nest 11 has none.
const { SSE_ABORT_CONTROLLER } = common as { SSE_ABORT_CONTROLLER?: symbol };

// Where @HttpCode() writes; the constant is not public.
const HTTP_CODE = '__httpCode__';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/** Fails when there must be an HTTP error instead of the stream; says nothing otherwise. */
function failureOf({ opened }: Connection): Observable<never> {
  return concat(from(opened).pipe(ignoreElements()), NEVER);
}

/** Turns what a method with `@SseStream()` returns into the answer. */
@Injectable()
export class SseStreamInterceptor implements NestInterceptor {
  readonly #options = new WeakMap<object, ResolvedStreamOptions>();

  constructor(
    private readonly hub: SseHub,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = context.getHandler();
    const request = context.switchToHttp().getRequest<Record<symbol, unknown>>();
    const reply = context.switchToHttp().getResponse<PlatformReply>();
    const connection = this.hub.prepare(request, reply, this.#optionsOf(handler));
    const stream = new StreamRequest(connection, this.hub, reply);
    keepRequest(reply, stream);
    // The connection has a `signal`, as the AbortController has that is looked for there.
    if (SSE_ABORT_CONTROLLER !== undefined) request[SSE_ABORT_CONTROLLER] = connection;
    const statusBefore = reply.statusCode;
    // Who is given no stream does not bother the handler.
    const handled = connection.isRefused ? of(undefined) : next.handle();
    const returned = handled.pipe(takeLast(1), defaultIfEmpty(undefined));
    // What fails before the head is answered at once, also while the handler still works.
    return race(returned, failureOf(connection)).pipe(
      mergeMap((value: unknown) => {
        // An interceptor has answered in the handler's place: Nest sends that as it would on any route.
        if (!stream.hasReturned && !connection.isRefused) return of(value);
        const answered = stream.answer(this.#statusOf(handler, statusBefore, reply.statusCode));
        return answered.then(() => STREAM_PLACEHOLDER);
      }),
      catchError((error: unknown) =>
        stream.takeError(error) ? of(STREAM_PLACEHOLDER) : throwError(() => toHttpError(error, reply)),
      ),
      finalize(() => stream.finish()),
    );
  }

  #optionsOf(handler: Handler): ResolvedStreamOptions {
    let options = this.#options.get(handler);
    if (options === undefined) {
      options = this.hub.resolve(this.reflector.get<StreamOptions>(SSE_STREAM_OPTIONS, handler));
      this.#options.set(handler, options);
    }
    return options;
  }

  /** What `@HttpCode()` or the handler has set; otherwise 200, also for a POST, to which Nest gives 201. */
  #statusOf(handler: Handler, before: number, now: number): number {
    const code = this.reflector.get<number | undefined>(HTTP_CODE, handler);
    return code === undefined && now === before ? 200 : now;
  }
}
