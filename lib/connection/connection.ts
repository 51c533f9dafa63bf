import type { Http2Session } from 'node:http2';
import type { CloseReason } from '../errors/close-reason.js';
import { handledRejection } from '../errors/handled-rejection.js';
import { SseError } from '../errors/sse-error.js';
import type { ErrorOrigin } from '../options/hub-options.js';
import type { ResolvedStreamOptions } from '../options/stream-options.js';
import { encodeFields, idLine } from '../protocol/encode.js';
import type { SseEvent } from '../protocol/event.js';
import type { ConnectionFeed, ConnectionHost, RunningSource } from './connection-host.js';
import { encodeErrorEvent } from './error-event.js';
import { eventStreamHeaders, isBodiless } from './event-stream-head.js';
import type { Exchange, Headers } from './exchange.js';
import { encodeHeartbeat } from './heartbeat-block.js';
import { lastEventIdOf } from './last-event-id.js';
import { sessionOf } from './node-response.js';
import { checkFree, listenTo, NodeResponseWriter, stopListening } from './node-response-writer.js';
import { Outlet } from './outlet.js';
import { PendingHead, type Ending } from './pending-head.js';
import { encodeRetry, refusalError, type Refusal } from './refusal.js';
import type { ResponseListener } from './response-writer.js';
import type { SseConnection } from './sse-connection.js';
import { Vigil, type Watched } from './vigil.js';
import { errorAnswer, headOnly, refusedStream, type WholeAnswer } from './whole-answer.js';

/**
 * - `pending`: the head has not been sent; what fails is an HTTP answer.
 * - `opening`: the head is on its way through the platform's hooks.
 * - `open`: events can be written.
 * - `closed`: no more events. What was written may still be on its way to the client.
 */
type State = 'pending' | 'opening' | 'open' | 'closed';

const DONE = Promise.resolve();
let lastId = 0;

/** One response from its head to its end: what is due to be written, whether it can be, and why it is over. */
export class Connection implements SseConnection, ResponseListener, Watched {
  readonly id = (++lastId).toString(36);
  readonly connectedAt = Date.now();
  readonly lastEventId: string | undefined;
  user: string | undefined = undefined;
  closeReason: CloseReason | undefined = undefined;
  #state: State = 'pending';
  #head: PendingHead | undefined = new PendingHead();
  #outlet: Outlet | undefined = undefined;
  #feed: ConnectionFeed | undefined = undefined;
  #hasSentId = false;
  #source: RunningSource | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #vigil: Vigil | undefined = undefined;

  constructor(
    private readonly host: ConnectionHost<Connection>,
    private readonly exchange: Exchange,
    private readonly options: ResolvedStreamOptions,
  ) {
    this.lastEventId = lastEventIdOf(exchange.request, host.lastEventIdLength);
    checkFree(exchange.response);
    host.onPrepared(this);
    listenTo(exchange.response, this);
  }

  get topics(): readonly string[] {
    return this.#feed?.topics ?? [];
  }

  get position(): string | undefined {
    return this.#feed?.position;
  }

  get request(): object {
    return this.exchange.platformRequest;
  }

  /** Where the client is, as the platform trusts it. */
  get address(): string | undefined {
    return this.exchange.address;
  }

  /** Whether it follows topics and has not yet been written everything that is new. */
  get isLagging(): boolean {
    return this.#feed?.isLive === false;
  }

  /** Bytes that wait for the client to take them. */
  get pendingBytes(): number {
    return this.#outlet?.pending ?? 0;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.isClosed) this.#abort.abort(closedError());
    }
    return this.#abort.signal;
  }

  /** The HTTP/2 session that carries this and perhaps other streams; undefined on HTTP/1.1. */
  get session(): Http2Session | undefined {
    return sessionOf(this.exchange.response);
  }

  /** Whether bytes can be written now without being queued. */
  get writable(): boolean {
    return this.#state === 'open' && !this.#outlet!.isBlocked;
  }

  get isPending(): boolean {
    return this.#state === 'pending';
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Whether the head is out, so that nobody can answer in another way any more. */
  get isHeadSent(): boolean {
    return this.#head === undefined;
  }

  /** Whether nothing more is to be produced: it is over, or will be as soon as it is open. */
  get isEnding(): boolean {
    return this.isClosed || this.isRefused || this.#head?.end !== undefined;
  }

  /** Whether the request is given no stream. */
  get isRefused(): boolean {
    return this.#head?.refusal !== undefined;
  }

  /** Whether the answer will have no body: nothing needs to be produced. */
  get isHeadOnly(): boolean {
    const { request } = this.exchange;
    return request.method === 'HEAD' || (this.#head !== undefined && isBodiless(this.#head.status));
  }

  /** The status of the head; before it is sent. */
  set status(status: number) {
    if (this.#head !== undefined) this.#head.status = status;
  }

  /** Resolves when the head has been sent or can no longer be; rejects when it must be an HTTP error instead. */
  get opened(): Promise<void> {
    return this.#head?.sent.promise ?? DONE;
  }

  send(event: SseEvent): Promise<void> {
    let block: Uint8Array;
    try {
      block = this.#encode(event);
    } catch (error) {
      return Promise.reject(error);
    }
    if (this.isEnding) return handledRejection(closedError());
    if (!this.#hasRoomFor(block)) return this.#overflow();
    this.writeOrKeep(block);
    return this.#outlet === undefined ? this.#untilOpenAndDrained() : this.#untilDrained();
  }

  subscribe(topics: string | readonly string[]): Promise<void> {
    return this.host.subscribe(this, topics);
  }

  unsubscribe(topics: string | readonly string[]): void {
    this.host.unsubscribe(this, topics);
  }

  close(reason?: string): void {
    this.endAfterHead({ reason: 'closed', detail: reason });
  }

  /** Writes to the stream, where it is open; the caller has made sure that there is room. */
  write(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    const outlet = this.#outlet!;
    const wasBlocked = outlet.isBlocked;
    try {
      outlet.write(bytes, this.host.wheel.tick);
      this.host.traffic.bytes += bytes.length;
      if (outlet.isBlocked && !wasBlocked) this.#vigil?.onBlocked();
    } catch (error) {
      // A response that a middleware has patched; what it has sent of these bytes nobody knows.
      this.host.onError(error, 'stream');
      this.end('error');
      this.destroy();
    }
  }

  /** Writes, or keeps until the head is sent, which is then due. */
  writeOrKeep(bytes: Uint8Array): void {
    if (this.isOpen) return this.write(bytes);
    this.#head?.keep(bytes);
    this.scheduleOpen();
  }

  /**
   * Gives the connection topics to follow, in place of those that it had.
   * @throws SseError `INVALID_ID` when an id has been sent, which the client would resume from
   */
  attachFeed(feed: ConnectionFeed): void {
    if (this.#hasSentId) throw idError();
    this.#feed = feed;
  }

  /** Gives the connection a source, which is stopped when the connection closes; at once if it has. */
  attachSource(source: RunningSource): void {
    this.#source = source;
    if (this.isClosed) this.#stopSource();
  }

  /** The handler has returned: has the head sent as the option `headAfter` says. */
  release(): void {
    if (this.options.headAfter === 'open') return this.scheduleOpen();
    if (this.#head === undefined || this.#head.isScheduled || !this.isPending) return;
    this.#head.timer = setTimeout(() => this.open(), this.options.headTimeout).unref();
  }

  /** Whether the head is to be sent when the event loop's turn is over. */
  get isOpenScheduled(): boolean {
    return this.#head?.isScheduled === true;
  }

  /** Nobody else can answer this request: what fails before the head is told behind it. */
  answerAlone(): void {
    if (this.#head !== undefined) this.#head.isAlone = true;
  }

  /** Has the head sent when the event loop's turn is over, so that what fails in this turn is an HTTP answer. */
  scheduleOpen(): void {
    if (this.#head === undefined || this.#head.isScheduled || !this.isPending) return;
    this.#head.isScheduled = true;
    setImmediate(() => this.open());
  }

  /** Keeps the head from being sent until {@link letGo}: something that it depends on is still to be found out. */
  hold(): void {
    this.#head?.hold();
  }

  letGo(): void {
    if (this.#head?.letGo()) this.scheduleOpen();
  }

  /** Sends the head, if there is to be a stream. */
  open(): void {
    const head = this.#head;
    if (!this.isPending || !head!.isFree) return;
    const { status, refusal } = head!;
    const { httpVersionMajor } = this.exchange.request;
    if (refusal !== undefined) this.#refuse(refusal);
    else if (this.isHeadOnly) this.#answer(headOnly(status, httpVersionMajor), 'complete');
    else this.#sendHead(status, eventStreamHeaders(httpVersionMajor, status), () => this.#onHeadSent());
  }

  /** Gives the request no stream; one that is open already ends. */
  refuse(refusal: Refusal): void {
    if (!this.isPending) return this.endAfterHead({ reason: endOf(refusal), retry: refusal.retry });
    this.#head!.refusal = refusal;
    this.scheduleOpen();
  }

  /** Ends the stream at this time, in milliseconds since 1970. */
  expireAt(time: number): void {
    if (this.#head === undefined) this.#vigil?.expireAt(time);
    else this.#head.expiresAt = time;
  }

  /** The source has emitted everything: ends the stream after it. */
  complete(): void {
    this.endAfterHead({ reason: 'complete' });
  }

  /** What was to be streamed has failed: an HTTP answer while there still can be one, an event after that. */
  fail(
    error: unknown,
    reason: 'error' | 'filter-failed' | 'queue-full' = 'error',
    origin: ErrorOrigin = 'stream',
  ): void {
    if (this.isClosed || this.#head?.isToldToEnd) return;
    if (this.isPending && this.#answersError(error, reason)) return;
    if (!this.isOpen) {
      this.#head!.fail = () => this.fail(error, reason, origin);
      return this.scheduleOpen();
    }
    this.host.onError(error, origin);
    this.write(encodeErrorEvent(error));
    this.end(reason);
  }

  /** Tells of an error that comes when the stream is over. */
  report(error: unknown): void {
    this.host.onError(error, 'stream');
  }

  /** Gives the response back unanswered: somebody else answers the request. */
  abandon(): void {
    if (this.isPending) this.end('complete');
  }

  /** Ends the stream; one that is not open yet is opened first, for what has been sent to it. */
  endAfterHead(ending: Ending): void {
    if (this.isOpen) return this.#endWith(ending);
    if (this.#head !== undefined) this.#head.end ??= ending;
    this.scheduleOpen();
  }

  end(reason: CloseReason, detail?: string): void {
    if (this.isClosed) return;
    const wasOpen = this.isOpen;
    if (this.isPending) stopListening(this.exchange.response);
    this.#state = 'closed';
    this.closeReason = reason;
    this.#head?.drop();
    this.#head?.sent.resolve();
    this.#vigil?.stop();
    this.#outlet?.end(closedError());
    this.#stopSource();
    this.#abort?.abort(closedError());
    if (wasOpen) {
      // A client that does not read what is pending must not hold its response for ever.
      if (reason !== 'client') this.#vigil?.lingerFor(this.host.drainTimeout);
      this.host.onClosed(this, reason, detail);
    } else {
      this.host.onAbandoned(this);
    }
    // Last, so that whoever is told of the end can still ask what was followed, and to where.
    this.#feed?.onClosed();
  }

  /** Drops the response with everything that is pending. */
  destroy(): void {
    this.#outlet?.destroy();
  }

  onDrain(): void {
    if (!this.isOpen) return;
    this.#outlet!.onDrain();
    this.#feed?.onWritable();
  }

  onGone(): void {
    this.end('client');
    this.#vigil?.stop();
    if (this.#head === undefined) this.host.onReleased(this);
  }

  onQuiet(): void {
    const { heartbeat } = this.options;
    const position = heartbeat.position ? this.#feed?.caughtUpPosition : undefined;
    this.write(encodeHeartbeat(heartbeat, position));
  }

  onStalled(): void {
    this.end('stalled');
    this.destroy();
  }

  onExpired(): void {
    this.endAfterHead({ reason: 'expired' });
  }

  onLingered(): void {
    this.destroy();
  }

  #sendHead(status: number, headers: Headers, ready: () => void): void {
    this.#state = 'opening';
    const head = this.#head!;
    try {
      this.exchange.sendHead(status, headers, ready);
    } catch (error) {
      if (head.isAlone || this.isHeadSent) this.host.onError(error, 'stream');
      head.sent.reject(error);
      this.end('error');
      this.destroy();
    }
  }

  /** Sends an answer that is no stream. */
  #answer({ status, headers, body }: WholeAnswer, reason: CloseReason): void {
    const { isHeadOnly } = this;
    this.#sendHead(status, headers, () => {
      const writer = new NodeResponseWriter(this.exchange.response);
      if (!isHeadOnly && body.length > 0) writer.write(body);
      writer.end();
    });
    this.end(reason);
  }

  #refuse(refusal: Refusal): void {
    const reason = endOf(refusal);
    if (refusal.byStatus) this.#answersError(refusalError(refusal), reason);
    else this.#answer(refusedStream(refusal, this.exchange.request.httpVersionMajor), reason);
  }

  /** Has an error answered by a status; false where there is none that says what has happened. */
  #answersError(error: unknown, reason: CloseReason): boolean {
    const head = this.#head!;
    if (!head.isAlone) {
      head.sent.reject(error);
      this.end(reason);
      return true;
    }
    if (!(error instanceof SseError) || error.statusCode === undefined) return false;
    this.#answer(errorAnswer(error), reason);
    return true;
  }

  #endWith({ reason, detail, retry }: Ending): void {
    if (retry !== undefined) this.write(encodeRetry(retry));
    this.end(reason, detail);
  }

  #onHeadSent(): void {
    const writer = new NodeResponseWriter(this.exchange.response);
    if (this.isClosed) return writer.end();
    const outlet = new Outlet(writer);
    this.#outlet = outlet;
    const head = this.#head!;
    this.#head = undefined;
    // Before anybody is told, who could send something: what was kept comes first.
    this.#writeFirst(outlet, head.takeKept());
    this.#vigil = new Vigil(this.host.wheel, outlet, this.options, this);
    this.#state = 'open';
    this.host.onOpened(this);
    head.sent.resolve();
    head.fail?.();
    if (head.end !== undefined) this.#endWith(head.end);
    if (!this.isOpen) return;
    this.#vigil.begin(head.expiresAt);
    if (this.writable) this.#feed?.onWritable();
  }

  /** The reconnection time, as a line of the first block, and what was kept behind the head. */
  #writeFirst(outlet: Outlet, kept: Uint8Array): void {
    const { retry } = this.options;
    const line = retry === false ? '' : `retry:${retry}\n`;
    const rest = kept.length > 0 || line === '' ? kept : Buffer.from('\n');
    const first = line === '' ? rest : Buffer.concat([Buffer.from(line), rest]);
    if (first.length === 0) return;
    outlet.write(first, this.host.wheel.tick);
    this.host.traffic.bytes += first.length;
  }

  #untilDrained(): Promise<void> {
    return this.isOpen && this.#outlet!.isBlocked ? this.#outlet!.untilDrained() : DONE;
  }

  /** What is kept for the head may be more than the client takes at once. */
  #untilOpenAndDrained(): Promise<void> {
    const drained = this.opened.then(() => {
      if (this.isClosed) throw closedError();
      return this.#untilDrained();
    });
    drained.catch(() => undefined);
    return drained;
  }

  /** What goes wrong when a source cleans up must not keep the connection from ending. */
  #stopSource(): void {
    try {
      this.#source?.stop();
    } catch (error) {
      this.host.onError(error, 'stream');
    }
  }

  #hasRoomFor(block: Uint8Array): boolean {
    const place = this.#outlet ?? this.#head;
    return place?.hasRoomFor(block, this.options.maxSendQueue) ?? false;
  }

  #encode(event: SseEvent): Uint8Array {
    const { id, body } = encodeFields(event, this.host.serialize);
    if (id === undefined) return Buffer.from(body);
    if (this.#feed !== undefined) throw idError();
    this.#hasSentId = true;
    return Buffer.from(idLine(id) + body);
  }

  #overflow(): Promise<void> {
    const error = new SseError(
      'QUEUE_FULL',
      `the client reads more slowly than events are sent to it: more than ${this.options.maxSendQueue} bytes (maxSendQueue) would be pending; await send()`,
    );
    if (this.isOpen) {
      this.end('queue-full');
      this.destroy();
    } else {
      this.fail(error, 'queue-full');
    }
    return handledRejection(error);
  }
}

function endOf({ cause }: Refusal): CloseReason {
  return cause === 'shutdown' ? 'shutdown' : 'overload';
}

function closedError(): SseError {
  return new SseError('CONNECTION_CLOSED', 'the connection is closed');
}

function idError(): SseError {
  return new SseError(
    'INVALID_ID',
    'connection.send takes no id on a stream that follows topics: it would overwrite the position that the client resumes from',
  );
}
