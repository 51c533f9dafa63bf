import type { CloseReason } from '../errors/close-reason.js';
import { SseError } from '../errors/sse-error.js';
import type { ErrorOrigin } from '../options/hub-options.js';
import type { ResolvedStreamOptions } from '../options/stream-options.js';
import { encodeFields, idLine } from '../protocol/encode.js';
import type { SseEvent } from '../protocol/event.js';
import { encodeErrorEvent } from './error-event.js';
import { eventStreamHeaders, isBodiless } from './event-stream-head.js';
import type { Exchange } from './exchange.js';
import { ticks, type HeartbeatWheel, type WheelMember } from './heartbeat.js';
import { lastEventIdOf } from './last-event-id.js';
import { listenTo, NodeResponseWriter } from './node-response-writer.js';
import type { ResponseListener, ResponseWriter } from './response-writer.js';
import type { SseConnection } from './sse-connection.js';

/** What feeds a connection that follows topics. */
export interface ConnectionFeed {
  readonly topics: readonly string[];
  /** The id that a reconnect would resume from. */
  readonly position: string;
  /** The same, while everything up to now has been written; undefined while the feed is behind. */
  readonly caughtUpPosition: string | undefined;
  /** The connection can take bytes: it has just been opened, or has drained. */
  onWritable(): void;
  onClosed(): void;
}

/** A source that is emitting into a connection, to be stopped when that closes. */
export interface RunningSource {
  stop(): void;
}

/** What a connection needs of its hub. */
export interface ConnectionHost {
  readonly wheel: HeartbeatWheel;
  readonly drainTimeout: number;
  readonly serialize: ((data: unknown) => string) | undefined;
  onError(error: unknown, origin: ErrorOrigin): void;
  /** The head has been sent. */
  onOpened(connection: Connection): void;
  /** No more events; only of a connection that was opened. */
  onClosed(connection: Connection, reason: CloseReason, detail: string | undefined): void;
  /** The response is over too; only of a connection that was opened. */
  onReleased(connection: Connection): void;
  subscribe(connection: Connection, topics: string | readonly string[]): void;
  unsubscribe(connection: Connection, topics: string | readonly string[]): void;
}

type State = 'pending' | 'opening' | 'open' | 'closed';

const DONE = Promise.resolve();
const utf8 = new TextEncoder();
let lastId = 0;

/** One response from its head to its end: what is due to be written, whether it can be, and why it is over. */
export class Connection implements SseConnection, ResponseListener, WheelMember {
  readonly id = (++lastId).toString(36);
  readonly connectedAt = Date.now();
  readonly lastEventId: string | undefined;
  user: string | undefined = undefined;
  closeReason: CloseReason | undefined = undefined;
  #state: State = 'pending';
  #writer: ResponseWriter | undefined = undefined;
  #blocked = false;
  #feed: ConnectionFeed | undefined = undefined;
  #source: RunningSource | undefined = undefined;
  /** What was sent before the head, and its bytes. */
  #waiting: Uint8Array[] | undefined = undefined;
  #waitingBytes = 0;
  #openScheduled = false;
  #headTimer: NodeJS.Timeout | undefined = undefined;
  #endWhenOpen = false;
  #wasOpened = false;
  #status = 200;
  #drained: PromiseWithResolvers | undefined = undefined;
  #opened: PromiseWithResolvers | undefined = undefined;
  #failure: { readonly error: unknown } | undefined = undefined;
  #failWhenOpen: (() => void) | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #lastWrite = 0;
  #tick = 0;

  constructor(
    private readonly host: ConnectionHost,
    private readonly exchange: Exchange,
    private readonly options: ResolvedStreamOptions,
  ) {
    this.lastEventId = lastEventIdOf(exchange.request);
    listenTo(exchange.response, this);
  }

  get topics(): readonly string[] {
    return this.#feed?.topics ?? [];
  }

  get position(): string | undefined {
    return this.#feed?.position;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#state === 'closed') this.#abort.abort(closedError());
    }
    return this.#abort.signal;
  }

  /** Whether bytes can be written now without being queued. */
  get writable(): boolean {
    return this.#state === 'open' && !this.#blocked;
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  get isPending(): boolean {
    return this.#state === 'pending';
  }

  /** Whether the answer will have no body: nothing needs to be produced. */
  get isHeadOnly(): boolean {
    return this.exchange.request.method === 'HEAD' || isBodiless(this.#status);
  }

  set status(status: number) {
    this.#status = status;
  }

  /** Resolves when the head has been sent or can no longer be; rejects when it must be an HTTP error instead. */
  get opened(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#state === 'open' || this.#state === 'closed') return DONE;
    this.#opened ??= withResolvers();
    return this.#opened.promise;
  }

  send(event: SseEvent): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = this.#encode(event);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.#state === 'closed') return handledRejection(closedError());
    if (this.#state !== 'open') return this.#wait(bytes);
    if (this.#blocked && this.#writer!.pending + bytes.length > this.options.maxSendQueue)
      return this.#overflow();
    this.write(bytes);
    return this.#blocked ? this.#untilDrained() : DONE;
  }

  subscribe(topics: string | readonly string[]): void {
    this.host.subscribe(this, topics);
  }

  unsubscribe(topics: string | readonly string[]): void {
    this.host.unsubscribe(this, topics);
  }

  close(reason?: string): void {
    this.end('closed', reason);
  }

  /** Writes bytes that the caller has made sure there is room for. */
  write(bytes: Uint8Array): void {
    this.#lastWrite = this.host.wheel.tick;
    this.#blocked = !this.#writer!.write(bytes);
  }

  /** Writes bytes, or has them written first when the head has been sent. */
  writeOrWait(bytes: Uint8Array): void {
    if (this.#state === 'open') this.write(bytes);
    else if (this.#state !== 'closed') void this.#wait(bytes);
  }

  /** Gives the connection topics to follow; a connection has one feed at the most. */
  attachFeed(feed: ConnectionFeed): void {
    this.#feed = feed;
    if (this.writable) feed.onWritable();
  }

  /** Gives the connection a source, which is stopped when the connection closes; at once if it has. */
  attachSource(source: RunningSource): void {
    if (this.#state === 'closed') source.stop();
    else this.#source = source;
  }

  /** The handler has returned: has the head sent as the option `headAfter` says. */
  release(): void {
    if (this.options.headAfter === 'open') return this.scheduleOpen();
    if (this.#openScheduled || this.#state !== 'pending') return;
    this.#headTimer = setTimeout(() => this.open(), this.options.headTimeout).unref();
  }

  /** Has the head sent when the event loop's turn is over, so that what fails in this turn is an HTTP answer. */
  scheduleOpen(): void {
    if (this.#openScheduled || this.#state !== 'pending') return;
    this.#openScheduled = true;
    setImmediate(() => this.open());
  }

  /** Sends the head. */
  open(): void {
    if (this.#state !== 'pending') return;
    this.#state = 'opening';
    clearTimeout(this.#headTimer);
    try {
      const headers = eventStreamHeaders(this.exchange.request.httpVersionMajor, this.#status);
      this.exchange.sendHead(this.#status, headers, () => this.#onHeadSent());
      if (this.isHeadOnly) this.end('complete');
    } catch (error) {
      this.#state = 'pending';
      this.fail(error);
    }
  }

  /** The source has emitted everything: ends the stream after it. */
  complete(): void {
    if (this.#state === 'open') return this.end('complete');
    this.#endWhenOpen = true;
    this.scheduleOpen();
  }

  /** Something that was to be streamed has failed: an HTTP answer while there still can be one, an event after that. */
  fail(error: unknown, reason: 'error' | 'filter-failed' = 'error', origin: ErrorOrigin = 'stream'): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'opening') {
      this.#failWhenOpen = () => this.fail(error, reason, origin);
      return;
    }
    if (this.#state === 'pending') {
      this.#failure = { error };
      return this.end(reason);
    }
    this.host.onError(error, origin);
    this.write(encodeErrorEvent(error));
    this.end(reason);
  }

  /** Gives the response back unanswered: somebody else answers the request. */
  abandon(): void {
    if (this.#state === 'pending') this.end('complete');
  }

  end(reason: CloseReason, detail?: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.closeReason = reason;
    this.#waiting = undefined;
    clearTimeout(this.#headTimer);
    this.host.wheel.delete(this, this.#tick);
    this.#writer?.end();
    if (reason === 'shutdown') this.#writer?.retireSession();
    this.#settle();
    this.#source?.stop();
    this.#feed?.onClosed();
    this.#abort?.abort(closedError());
    if (!this.#wasOpened) return;
    // A client that does not read what is pending must not hold its response for ever.
    if (reason !== 'client')
      this.#tick = this.host.wheel.add(this, this.host.wheel.tick + ticks(this.host.drainTimeout));
    this.host.onClosed(this, reason, detail);
  }

  /** Drops the response with everything that is pending. */
  destroy(): void {
    this.#writer?.destroy();
  }

  onDrain(): void {
    if (this.#state !== 'open') return;
    this.#blocked = false;
    this.#resolveDrained();
    this.#feed?.onWritable();
  }

  onGone(): void {
    this.end('client');
    this.host.wheel.delete(this, this.#tick);
    if (this.#wasOpened) this.host.onReleased(this);
  }

  onTick(tick: number): number {
    if (this.#state !== 'open') {
      this.destroy();
      return 0;
    }
    const interval = ticks(this.options.heartbeat.interval);
    if (tick - this.#lastWrite >= interval && !this.#blocked) this.write(this.#heartbeat());
    this.#tick = Math.max(this.#lastWrite, this.#blocked ? tick : 0) + interval;
    return this.#tick;
  }

  #onHeadSent(): void {
    this.#writer = new NodeResponseWriter(this.exchange.response);
    if (this.#state === 'closed' || this.isHeadOnly) return this.#writer.end();
    this.#state = 'open';
    this.#wasOpened = true;
    this.host.onOpened(this);
    if (this.#isOpen && this.options.retry !== undefined)
      this.write(utf8.encode(`retry:${this.options.retry}\n\n`));
    this.#writeWaiting();
    this.#startHeartbeat();
    this.#opened?.resolve();
    if (this.#blocked || !this.#isOpen) return;
    this.#resolveDrained();
    this.#feed?.onWritable();
  }

  // A method, so that the compiler does not take the state for what it was before a call.
  get #isOpen(): boolean {
    return this.#state === 'open';
  }

  #writeWaiting(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    for (const bytes of waiting) if (this.#isOpen) this.write(bytes);
    this.#failWhenOpen?.();
    if (this.#endWhenOpen) this.end('complete');
  }

  #startHeartbeat(): void {
    const { interval } = this.options.heartbeat;
    if (interval === 0 || !this.#isOpen) return;
    this.#lastWrite = this.host.wheel.tick;
    this.#tick = this.host.wheel.add(this, this.#lastWrite + ticks(interval));
  }

  #heartbeat(): Uint8Array {
    const { event, comment, position } = this.options.heartbeat;
    const id = position ? this.#feed?.caughtUpPosition : undefined;
    if (event !== undefined) return encodeHeartbeat(id, `event:${event}\ndata:\n\n`);
    return id === undefined || comment !== ''
      ? encodeHeartbeat(id, `:${comment}\n\n`)
      : encodeHeartbeat(id, '\n');
  }

  #encode(event: SseEvent): Uint8Array {
    const { id, body } = encodeFields(event, this.host.serialize);
    if (id === undefined) return utf8.encode(body);
    if (this.#feed === undefined) return utf8.encode(idLine(id) + body);
    throw new SseError(
      'INVALID_ID',
      'connection.send takes no id on a stream that follows topics: it would overwrite the position that the client resumes from',
    );
  }

  #wait(bytes: Uint8Array): Promise<void> {
    this.#waiting ??= [];
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes.length > this.options.maxSendQueue)
      return this.#overflow();
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.scheduleOpen();
    return this.#untilDrained();
  }

  #overflow(): Promise<void> {
    const error = new SseError(
      'QUEUE_FULL',
      `the client reads more slowly than events are sent to it: more than ${this.options.maxSendQueue} bytes (maxSendQueue) would be pending; await send()`,
    );
    if (this.#state === 'open') {
      this.end('queue-full');
      this.destroy();
    } else {
      this.fail(error);
    }
    return handledRejection(error);
  }

  #untilDrained(): Promise<void> {
    this.#drained ??= withResolvers();
    return this.#drained.promise;
  }

  #resolveDrained(): void {
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.resolve();
  }

  #settle(): void {
    if (this.#failure === undefined) this.#opened?.resolve();
    else this.#opened?.reject(this.#failure.error);
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.reject(closedError());
  }
}

function encodeHeartbeat(id: string | undefined, rest: string): Uint8Array {
  return utf8.encode(id === undefined ? rest : idLine(id) + rest);
}

function closedError(): SseError {
  return new SseError('CONNECTION_CLOSED', 'the connection is closed');
}

/** A rejection that ends a loop that awaits it, and harms nobody who does not. */
function handledRejection(error: SseError): Promise<never> {
  const rejection = Promise.reject(error);
  rejection.catch(() => undefined);
  return rejection;
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

// Promise.withResolvers came with Node 22. Whoever does not wait must not be struck by the rejection.
function withResolvers(): PromiseWithResolvers {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
