import { isPromiseLike, type Awaitable } from '../async/awaitable.js';
import { checkFunction } from '../options/check.js';
import type { ParsedEvent } from '../protocol/parse.js';
import { Callbacks } from './callbacks.js';
import { SseClientError } from './client-error.js';
import type { ClientEvent, TextEvents } from './client-event.js';
import {
  resolveClientOptions,
  resolveReadOptions,
  type ResolvedClientOptions,
  type SseClientOptions,
  type SseReadOptions,
} from './client-options.js';
import { Consumers } from './consumers.js';
import { EventIterator } from './event-iterator.js';
import type { Failure } from './failure.js';
import { gapOf, type GapInfo } from './gap.js';
import { Listener } from './listener.js';
import { Reconnection } from './reconnection.js';
import type { SseClientUrl } from './request.js';
import type { FailureKind } from './retry-policy.js';
import { Session, type Ended, type SessionHost } from './session.js';
import { GivenSource, RequestSource, type ConnectInfo, type Source } from './source.js';
import { Subscription, type Observer } from './subscription.js';

// Where RxJS, and others, look for what makes something an Observable.
const OBSERVABLE: unique symbol = ((Symbol as { readonly observable?: symbol }).observable ??
  '@@observable') as never;

/** What is told of the end of a connection. */
export interface DisconnectInfo {
  /** Why it ended: of itself, or since the client was closed, started again or left by everybody. */
  readonly reason: FailureKind | 'closed' | 'restarted' | 'left';
  /** What went wrong, where something did. */
  readonly error: SseClientError | undefined;
  /** Milliseconds until the next attempt; undefined where there is none. */
  readonly retryIn: number | undefined;
}

/**
 * - `idle`: nobody takes events, so nothing is asked for.
 * - `connecting`: it is on its way to a stream, or waits for the time of the next attempt.
 * - `open`: there is a stream.
 * - `closed`: there is none, and will be none.
 */
export type ReadyState = 'idle' | 'connecting' | 'open' | 'closed';

/**
 * A client of Server-Sent Events, on `fetch` and web streams alone. It connects as soon as somebody takes its events,
 * stays connected, and asks for what it has missed by the id of the last event that was delivered.
 *
 * Everybody who takes events gets all of them, one after the other: the next one is read when all are done with the
 * last. When the last of them goes, the connection is given up; who comes later goes on after the last event.
 */
export class SseClient<Events = TextEvents> implements AsyncIterable<ClientEvent<Events>> {
  readonly #options: ResolvedClientOptions;
  readonly #source: Source;
  readonly #reconnection: Reconnection;
  readonly #consumers = new Consumers(() => this.#leave());
  readonly #connect = new Callbacks<[client: this, head: ConnectInfo | undefined]>((error) =>
    this.#report(error),
  );
  readonly #disconnect = new Callbacks<[client: this, info: DisconnectInfo]>((error) => this.#report(error));
  readonly #gap = new Callbacks<[gap: GapInfo]>((error) => this.#report(error));
  readonly #error = new Callbacks<[error: unknown]>((error) => this.#end({ error }));
  readonly #onAbort = (): void => this.close();
  readonly #place: { lastEventId: string };
  #session: Session | undefined = undefined;
  /** Until the session before this one has done with its last event. */
  #before: Promise<void> = Promise.resolve();
  #isConnected = false;
  #isClosed = false;

  /**
   * @param url where to connect to, or a function that is asked for it for each attempt
   * @throws SseError `INVALID_OPTION`
   */
  constructor(url: SseClientUrl, options?: SseClientOptions<Events>);
  /** @internal */
  constructor(source: GivenSource, options?: SseReadOptions<Events>);
  constructor(from: SseClientUrl | GivenSource, options: SseClientOptions<Events> = {}) {
    const isGiven = from instanceof GivenSource;
    this.#options = isGiven
      ? { ...resolveClientOptions({}), ...resolveReadOptions(options), isFinite: true }
      : resolveClientOptions(options);
    this.#source = isGiven
      ? from
      : new RequestSource(from, this.#options, (error) => this.#error.tell(error));
    this.#reconnection = new Reconnection(this.#options);
    this.#place = { lastEventId: this.#options.lastEventId };
  }

  /**
   * A client of an answer, or of a stream of bytes, that is there already. It is read once, to its end.
   * @throws SseError `INVALID_OPTION`
   */
  static from<Events = TextEvents>(
    source: Response | ReadableStream<Uint8Array>,
    options: SseReadOptions<Events> = {},
  ): SseClient<Events> {
    return new SseClient<Events>(new GivenSource(source), options);
  }

  /** The URL that was asked for last; before that the one that was given, and empty where that is a function. */
  get url(): string {
    return this.#source instanceof RequestSource ? this.#source.url : '';
  }

  get method(): string {
    return this.#options.method;
  }

  /** The id of the last event that was delivered, or of a block without data behind it; empty where there was none. */
  get lastEventId(): string {
    return this.#place.lastEventId;
  }

  get readyState(): ReadyState {
    if (this.#isOver) return 'closed';
    if (this.#session === undefined) return 'idle';
    return this.#isConnected ? 'open' : 'connecting';
  }

  /**
   * Has a function told of each stream, when its head is there.
   * @returns takes it off again
   */
  onConnect(callback: (client: this, head: ConnectInfo | undefined) => void): () => void {
    return this.#connect.add(checkFunction('onConnect', callback));
  }

  /**
   * Has a function told of each stream's end, however it comes.
   * @returns takes it off again
   */
  onDisconnect(callback: (client: this, info: DisconnectInfo) => void): () => void {
    return this.#disconnect.add(checkFunction('onDisconnect', callback));
  }

  /**
   * Has a function told of events that are gone, as a hub tells it. Without one such an event is delivered as any other.
   * @returns takes it off again
   */
  onGap(callback: (gap: GapInfo) => void): () => void {
    return this.#gap.add(checkFunction('onGap', callback));
  }

  /**
   * Has a function told of everything that goes wrong: attempts that fail, events that cannot be decoded, listeners that
   * throw, ids that cannot be sent. While there is one, an event that cannot be decoded and a listener that throws do not
   * end the client.
   * @returns takes it off again
   */
  onError(callback: (error: unknown) => void): () => void {
    return this.#error.add(checkFunction('onError', callback));
  }

  /**
   * Has a function told of every event; where it answers with a promise, the next one is read when that is fulfilled.
   * Resolves when the client is closed or the stream has ended for good.
   * @param signal ends this subscription
   * @throws what the function throws, which ends the subscription; SseClientError for what ends the client
   */
  subscribe(
    handler: (event: ClientEvent<Events>) => unknown,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    checkFunction('handler', handler);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        unsubscribe();
        resolve();
      };
      const over = (): void => signal?.removeEventListener('abort', stop);
      const unsubscribe = this.#observe({
        next: handler,
        complete: () => {
          over();
          resolve();
        },
        error: (error) => {
          over();
          reject(error);
        },
      });
      if (signal?.aborted === true) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /**
   * Has a function told of the events of a name; `message` are those without one. What it answers with is waited for.
   * @returns takes it off again
   */
  on<Name extends keyof Events & string>(
    name: Name,
    listener: (event: ClientEvent<Pick<Events, Name>>) => unknown,
  ): () => void {
    checkFunction('listener', listener);
    this.#checkOpen();
    const told = new Listener(
      (event) => listener(event as ClientEvent<Pick<Events, Name>>),
      (error) => this.#report(error),
    );
    this.#consumers.listen(name, told);
    this.#start();
    return () => this.#consumers.unlisten(name, told);
  }

  /** Each event, from the first on that comes once this is called; read as they are asked for. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ClientEvent<Events>, undefined> {
    this.#checkOpen();
    const iterator = new EventIterator<ClientEvent<Events>>((left) => this.#consumers.delete(left));
    this.#consumers.add(iterator);
    this.#start();
    return iterator;
  }

  /** The same as an Observable, for `from(client)` of RxJS. */
  [OBSERVABLE](): { subscribe(observer: Observer<ClientEvent<Events>>): { unsubscribe(): void } } {
    return { subscribe: (observer) => ({ unsubscribe: this.#observe(observer) }) };
  }

  /** Ends the connection, and all that wait for events. Nothing is delivered any more. */
  close(): void {
    this.#end({ error: undefined });
  }

  /**
   * Connects anew, at once or when a callback is done with its event, and goes on after the last event that was
   * delivered. A client that is closed can be used again.
   */
  restart(): void {
    this.#isClosed = false;
    if (this.#session === undefined) return;
    const tell = this.#stop('restarted');
    this.#consumers.drop();
    this.#start();
    tell();
  }

  /** While nobody takes events the signal is not listened to, so that it does not hold a client that is forgotten. */
  get #isOver(): boolean {
    return this.#isClosed || this.#options.signal?.aborted === true;
  }

  #observe(observer: Observer<ClientEvent<Events>>): () => void {
    this.#checkOpen();
    const subscription = new Subscription(observer, (left) => this.#consumers.delete(left));
    this.#consumers.add(subscription);
    this.#start();
    return () => subscription.unsubscribe();
  }

  #checkOpen(): void {
    if (this.#options.signal?.aborted === true)
      throw new SseClientError('CLIENT_CLOSED', 'the signal of the client is aborted; make another one');
    if (this.#isClosed)
      throw new SseClientError('CLIENT_CLOSED', 'the client is closed; restart() opens it again');
  }

  #start(): void {
    if (this.#session !== undefined) return;
    const session = new Session(this.#source, this.#options, this.#host());
    this.#session = session;
    this.#reconnection.begin();
    this.#options.signal?.addEventListener('abort', this.#onAbort);
    this.#before = this.#before.then(() => session.run());
  }

  /** Everything of the client that a session may use, which is nobody else's. */
  #host(): SessionHost {
    return {
      connectTimeout: this.#options.connectTimeout,
      place: this.#place,
      onRetry: (milliseconds) => this.#reconnection.onRetry(milliseconds),
      onConnected: (head) => {
        this.#isConnected = true;
        this.#connect.tell(this, head);
      },
      deliver: (event, session) => this.#deliver(event, session),
      decide: (failure, session) => this.#decide(failure, session),
      onDisconnected: ({ kind, error }, delay) => {
        if (!this.#isConnected) return;
        this.#isConnected = false;
        this.#disconnect.tell(this, { reason: kind, error, retryIn: delay });
      },
      onEnded: (ended) => this.#end(ended),
    };
  }

  #decide(failure: Failure, session: Session): Awaitable<number | Ended> {
    try {
      const next = this.#reconnection.decide(failure, session);
      return isPromiseLike(next)
        ? next.then((value) => this.#decided(failure, value), toEnd)
        : this.#decided(failure, next);
    } catch (error) {
      return toEnd(error);
    }
  }

  /** What is not the end nobody would know of otherwise. */
  #decided(failure: Failure, next: number | Ended): number | Ended {
    if (typeof next === 'number' && failure.error !== undefined) this.#error.tell(failure.error);
    return next;
  }

  #deliver(raw: ParsedEvent, session: Session): Awaitable<boolean> {
    if (raw.type === this.#options.gapEvent && !this.#gap.isEmpty) {
      const gap = gapOf(raw);
      if (gap !== undefined) {
        this.#gap.tell(gap);
        return true;
      }
    }
    let data: unknown;
    try {
      data = this.#options.decoding.decode(raw);
    } catch (error) {
      return this.#report(error);
    }
    const { type, lastEventId } = raw;
    if (!isPromiseLike(data)) return this.#consumers.deliver({ type, data, lastEventId });
    // Whoever the event was decoded for may be gone meanwhile; then it comes again to whoever comes next.
    return session.untilStopped(Promise.resolve(data)).then(
      (value) => !session.isStopped && this.#consumers.deliver({ type, data: value, lastEventId }),
      (error) => !session.isStopped && this.#report(error),
    );
  }

  /** What nobody is told of ends the client. Answers whether the event that it came with is done with. */
  #report(error: unknown): boolean {
    if (this.#error.isEmpty) {
      this.#end({ error });
      return false;
    }
    this.#error.tell(error);
    return true;
  }

  #leave(): void {
    if (!this.#isClosed) this.#stop('left')();
  }

  /** Answers with what tells of it, which is for the end: whoever is told may do anything with the client. */
  #stop(reason: DisconnectInfo['reason']): () => void {
    this.#session?.stop();
    this.#session = undefined;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    const wasConnected = this.#isConnected;
    this.#isConnected = false;
    return () => {
      if (wasConnected) this.#disconnect.tell(this, { reason, error: undefined, retryIn: undefined });
    };
  }

  #end({ error }: Ended): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isTold = this.#consumers.isTold || !this.#error.isEmpty;
    const wasUsed = this.#session !== undefined;
    const tell = this.#stop('closed');
    const consumers = this.#consumers.clear();
    this.#source.discard();
    tell();
    for (const consumer of consumers) consumer.finish(error);
    if (error === undefined) return;
    this.#error.tell(error);
    // An error that nobody is told of must not be lost: it is what an unhandled rejection is.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as it was thrown
    if (!isTold && wasUsed) void Promise.reject(error);
  }
}

function toEnd(error: unknown): Ended {
  return { error };
}
