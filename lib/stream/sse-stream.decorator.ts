import 'reflect-metadata';
import { RequestMapping, RequestMethod, Res, SetMetadata, UseInterceptors } from '@nestjs/common';
import { isPromiseLike } from '../async/awaitable.js';
import { checkKeys } from '../options/check.js';
import { resolveStreamOptions, STREAM_OPTION_KEYS, type StreamOptions } from '../options/stream-options.js';
import { SseStreamInterceptor } from './sse-stream.interceptor.js';
import { SSE_STREAM_OPTIONS } from './sse-stream.metadata.js';
import { STREAM_PLACEHOLDER } from './stream-placeholder.js';
import { findRequest } from './stream-request.js';

export interface SseStreamOptions extends StreamOptions {
  /**
   * The method of the route.
   * @default RequestMethod.GET
   */
  method?: RequestMethod;
}

// Where Nest keeps what the decorators say (the constants themselves are not public): on the class by method name, for
// its parameters, and on the function, for its interceptors.
const ROUTE_ARGUMENTS = '__routeArguments__';
const INTERCEPTORS = '__interceptors__';

/**
 * Maps a route whose answer is an event stream, and streams what the method returns: `hub.stream(...)`, an Observable,
 * an async iterable, a Node `Readable`, a web `ReadableStream`, a promise of any of them, or nothing when it takes
 * `@CurrentConnection()`. Items are events, strings or any JSON value; an object is an event when all its keys are
 * fields of one.
 *
 * Guards, pipes, interceptors, filters and headers work as on any route. What fails before the head is sent (within a
 * turn of the event loop after the method has returned) is an HTTP answer; after that an `error` event and the end.
 *
 * Place it above `@UseInterceptors()` of the same method or below: the stream's own interceptor is the outermost one.
 *
 * @param path one or several, as for `@Get()`
 * @throws SseError `INVALID_OPTION`
 */
export function SseStream(path: string | string[] = '/', options: SseStreamOptions = {}): MethodDecorator {
  const { method = RequestMethod.GET, ...streamOptions } = options;
  checkKeys('@SseStream()', streamOptions, STREAM_OPTION_KEYS);
  // Checked where it is written; the defaults are the hub's, which are known when the first request comes.
  resolveStreamOptions(streamOptions);
  return (target, key, descriptor) => {
    // A response parameter behind all others gives us the response. Passthrough: Nest answers by itself when an
    // interceptor answers without calling the method, and otherwise finds that the stream's response is muted.
    const index = parametersOf(target, key, descriptor.value as Method).length;
    Res({ passthrough: true })(target, key, index);
    (descriptor as PropertyDescriptor).value = keepReturned(descriptor.value as Method, index);
    SetMetadata(SSE_STREAM_OPTIONS, streamOptions)(target, key, descriptor);
    RequestMapping({ path, method })(target, key, descriptor);
    useOutermost(SseStreamInterceptor)(target, key, descriptor);
  };
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The method's parameters, as far as anything knows of them: declared, typed or decorated. */
function parametersOf(target: object, key: string | symbol, method: Method): { readonly length: number } {
  const types = (Reflect.getMetadata('design:paramtypes', target, key) as unknown[] | undefined) ?? [];
  const decorated = Reflect.getMetadata(ROUTE_ARGUMENTS, target.constructor, key) as
    Record<string, { index: number }> | undefined;
  const indexes = Object.values(decorated ?? {}).map(({ index }) => index + 1);
  return { length: Math.max(types.length, method.length, ...indexes) };
}

/** The method, keeping what it returns aside for the stream, and giving Nest a placeholder. */
function keepReturned(method: Method, responseIndex: number): Method {
  function wrapper(this: unknown, ...args: unknown[]): unknown {
    const request = findRequest(args[responseIndex]);
    const returned = method.apply(this, args.slice(0, responseIndex));
    // Called by hand, in a test of the controller for instance.
    if (request === undefined) return returned;
    const keep = (value: unknown) => {
      request.keep(value);
      return STREAM_PLACEHOLDER;
    };
    return isPromiseLike(returned) ? Promise.resolve(returned).then(keep) : keep(returned);
  }
  Object.defineProperties(wrapper, {
    name: { value: method.name, configurable: true },
    length: { value: method.length, configurable: true },
  });
  for (const metadataKey of Reflect.getMetadataKeys(method)) {
    Reflect.defineMetadata(metadataKey, Reflect.getMetadata(metadataKey, method), wrapper);
  }
  return wrapper;
}

function useOutermost(interceptor: typeof SseStreamInterceptor): MethodDecorator {
  return (target, key, descriptor) => {
    const method = descriptor.value as Method;
    const others = (Reflect.getMetadata(INTERCEPTORS, method) as unknown[] | undefined) ?? [];
    Reflect.deleteMetadata(INTERCEPTORS, method);
    UseInterceptors(interceptor, ...(others as (typeof SseStreamInterceptor)[]))(target, key, descriptor);
  };
}
