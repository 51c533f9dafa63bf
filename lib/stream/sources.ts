import { from, isObservable, takeWhile, type Observable, type Subscription } from 'rxjs';
import type { RunningSource } from '../connection/connection-host.js';
import type { Connection } from '../connection/connection.js';
import { shown, SseError } from '../errors/sse-error.js';
import { toEvent } from '../protocol/event.js';

/** What a handler may return, besides a hub stream and nothing. */
type Source = Observable<unknown> | AsyncIterable<unknown>;

/** Whether the value can be streamed: an Observable, or an async iterable as Node's and the web's streams are. */
export function isSource(value: unknown): value is Source {
  return isObservable(value) || isAsyncIterable(value);
}

/** Has a source emit into a connection, until either ends. */
export function startSource(source: Source, connection: Connection): void {
  connection.attachSource(
    isObservable(source) ? new PushedSource(source, connection) : new PulledSource(source, connection),
  );
}

/** Ends a source that nobody will listen to; one that cannot be ended, a locked stream for instance, is let be. */
export function discardSource(value: unknown): void {
  if (isObservable(value) || !isAsyncIterable(value)) return;
  try {
    toPull(value).stop();
  } catch {
    // It is somebody else's.
  }
}

/** @throws SseError `INVALID_SOURCE`, always */
export function refuseSource(value: unknown): never {
  throw new SseError(
    'INVALID_SOURCE',
    value === undefined
      ? 'the handler returned nothing to stream; return a source, or take @CurrentConnection() and send to it'
      : `a handler returns hub.stream(...), an Observable, an async iterable, a Readable or a ReadableStream, but returned ${shown(value)}`,
  );
}

/** An Observable decides itself when it emits; what the client does not take yet waits, bounded, in the connection. */
class PushedSource implements RunningSource {
  readonly #subscription: Subscription;

  constructor(source: Observable<unknown>, connection: Connection) {
    // An Observable that emits without end while it is being subscribed can only be stopped from within.
    this.#subscription = from(source)
      .pipe(takeWhile(() => !connection.isEnding))
      .subscribe({
        next: (item) => {
          connection.send(toEvent(item)).catch((error: unknown) => connection.fail(error));
        },
        error: (error: unknown) => connection.fail(error),
        complete: () => connection.complete(),
      });
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }
}

/** An async iterable is asked for the next item when the client can take more. */
class PulledSource implements RunningSource {
  readonly #pull: Pull;
  #ended = false;

  constructor(
    source: AsyncIterable<unknown>,
    private readonly connection: Connection,
  ) {
    this.#pull = toPull(source);
    void this.#run();
  }

  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#pull.stop();
  }

  async #run(): Promise<void> {
    try {
      while (!this.#ended && !this.connection.isEnding) {
        const { done, value } = await this.#pull.next();
        if (this.#ended) return;
        if (done) return this.#complete();
        await this.connection.send(toEvent(value));
      }
    } catch (error) {
      this.connection.fail(error);
    }
  }

  #complete(): void {
    this.#ended = true;
    this.connection.complete();
  }
}

/** One item at a time, and an end that does not wait for the next one. */
interface Pull {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  stop(): void;
}

/**
 * The `return()` of an iterator over a stream waits until the stream has given another item, which may be never; so
 * streams are ended themselves. Nobody can be told when the end of a source fails.
 */
function toPull(source: AsyncIterable<unknown>): Pull {
  const { getReader, destroy } = source as { getReader?: unknown; destroy?: unknown };
  if (typeof getReader === 'function') {
    const reader = (source as unknown as ReadableStream).getReader();
    return { next: () => reader.read(), stop: () => void reader.cancel().catch(ignore) };
  }
  const iterator = source[Symbol.asyncIterator]();
  if (typeof destroy === 'function')
    return { next: () => iterator.next(), stop: () => void destroy.call(source) };
  // Async, so that a return() that throws or gives no promise is no different from one that rejects.
  const end = async () => iterator.return?.();
  return { next: () => iterator.next(), stop: () => void end().catch(ignore) };
}

function ignore(): void {}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
