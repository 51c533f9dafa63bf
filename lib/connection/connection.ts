import type { Http2Session } from 'node:http2';
import type { CloseReason } from '../errors/close-reason.js';
import { handledRejection } from '../async/handled-rejection.js';
import { SseError } from '../errors/sse-error.js';
import { checkTime } from '../options/check.js';
import type { ErrorOrigin } from '../options/hub-options.js';
import type { ResolvedStreamOptions } from '../options/stream-options.js';
import { encodeFields, wholeBlock } from '../protocol/encode.js';
import type { SseEvent } from '../protocol/event.js';
import { Chunk } from './chunk.js';
import type { ConnectionFeed, ConnectionHost, RunningSource } from './connection-host.js';
import type { Ending } from './ending.js';
import { errorEvent } from './error-event.js';
import type { Exchange } from './exchange.js';
import { heartbeatBlock } from './heartbeat-block.js';
import { lastEventIdOf } from './last-event-id.js';
import { sessionOf } from './node-response.js';
import { Outlet } from './outlet.js';
import { Opening, type OpeningListener } from './opening.js';
import { writerOf } from './raw-response-writer.js';
import { retryBlock, type Refusal } from './refusal.js';
import { checkFree, listenTo, stopListening } from './response-events.js';
import type { ResponseListener } from './response-writer.js';
import type { SseConnection } from './sse-connection.js';
import { Vigil, type Watched } from './vigil.js';

const DONE = Promise.resolve();
// Tells the connections of this process from those of all others.
const PROCESS = Math.random().toString(36).slice(2, 10).padEnd(8, '0');

let lastId = 0;

/**
 * One response from its head to its end: what is due to be written, whether it can be, and why it is over.
 *
 * It is pending until its head is being sent, which what fails can still prevent. It is open when the head has passed
 * the platform's hooks, and closed when there will be no more events; what was written may still be on its way.
 */
export class Connection implements SseConnection, ResponseListener, OpeningListener, Watched {
  readonly id = PROCESS + (++lastId).toString(36);
  readonly connectedAt = Date.now();
  readonly lastEventId: string | undefined;
  user: string | undefined = undefined;
  closeReason: CloseReason | undefined = undefined;
  /** Until the head has been sent. */
  #opening: Opening | undefined;
  /** From then on. */
  #outlet: Outlet | undefined = undefined;
  #feed: ConnectionFeed | undefined = undefined;
  #hasSentId = false;
  /** It is being written what is to come before its end. */
  #isFlushing = false;
  #source: RunningSource | undefined = undefined;
  #abort: AbortController | undefined = undefined;
  #vigil: Vigil | undefined = undefined;

  constructor(
    private readonly host: ConnectionHost<Connection>,
    private readonly exchange: Exchange,
    private readonly options: ResolvedStreamOptions,
  ) {
    this.#opening = new Opening(exchange, options, host.rawWrites, this);
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

  /** Whether bytes can be written now without being queued, or will not be able to be later. */
  get writable(): boolean {
    return this.isOpen && (!this.#outlet!.isBlocked || this.#isFlushing);
  }

  get isPending(): boolean {
    return this.#opening?.isPending === true;
  }

  get isOpen(): boolean {
    return this.#outlet !== undefined && !this.isClosed;
  }

  get isClosed(): boolean {
    return this.closeReason !== undefined;
  }

  /** Whether the head is out, so that nobody can answer in another way any more. */
  get isHeadSent(): boolean {
    return this.#opening === undefined;
  }

  /** Whether nothing more is to be produced: it is over, or will be as soon as it is open. */
  get isEnding(): boolean {
    return this.isClosed || this.isRefused || this.#opening?.ending !== undefined;
  }

  /** Whether the request is given no stream. */
  get isRefused(): boolean {
    return this.#opening?.isRefused === true;
  }

  /** Whether the answer will have no body: nothing needs to be produced. */
  get isHeadOnly(): boolean {
    return this.#opening?.isHeadOnly === true;
  }

  /** The status of the head; before it is sent. */
  set status(status: number) {
    if (this.#opening !== undefined) this.#opening.status = status;
  }

  /** Resolves when the head has been sent or can no longer be; rejects when it must be an HTTP error instead. */
  get opened(): Promise<void> {
    return this.#opening?.sent.promise ?? DONE;
  }

  send(event: SseEvent): Promise<void> {
    let block: Chunk;
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
  write(chunk: Chunk): void {
    if (!this.isOpen) return;
    const outlet = this.#outlet!;
    const wasBlocked = outlet.isBlocked;
    try {
      outlet.write(chunk, this.host.wheel.tick);
      this.host.traffic.bytes += chunk.length;
      if (outlet.isBlocked && !wasBlocked) this.#vigil?.onBlocked();
    } catch (error) {
      this.#onWriteFailed(error);
    }
  }

  /** The same for several, which leave together. */
  writeAll(chunks: readonly Chunk[]): void {
    if (chunks.length > 1) this.#outlet?.cork();
    for (const chunk of chunks) this.write(chunk);
  }

  /** Writes, or keeps until the head is sent, which is then due. */
  writeOrKeep(chunk: Chunk): void {
    if (this.isOpen) return this.write(chunk);
    this.#opening?.keep(chunk);
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
    this.#opening?.release();
  }

  /** Whether the head is to be sent when the event loop's turn is over. */
  get isOpenScheduled(): boolean {
    return this.#opening?.isScheduled === true;
  }

  /** Nobody else can answer this request: what fails before the head is told behind it. */
  answerAlone(): void {
    if (this.#opening !== undefined) this.#opening.isAlone = true;
  }

  /** Has the head sent when the event loop's turn is over, so that what fails in this turn is an HTTP answer. */
  scheduleOpen(): void {
    this.#opening?.schedule();
  }

  /** Keeps the head from being sent until {@link letGo}: something that it depends on is still to be found out. */
  hold(): void {
    this.#opening?.hold();
  }

  letGo(): void {
    this.#opening?.letGo();
  }

  /** Sends the head, if there is to be a stream. */
  open(): void {
    this.#opening?.open();
  }

  /** Gives the request no stream; one that is open already ends. */
  refuse(refusal: Refusal): void {
    if (this.isPending) this.#opening!.refuse(refusal);
    else this.endAfterHead({ reason: 'overload', retry: refusal.retry });
  }

  expireAt(time: Date | number): void {
    const expiresAt = checkTime('expireAt', time);
    if (this.#opening === undefined) this.#vigil?.expireAt(expiresAt);
    else this.#opening.expiresAt = expiresAt;
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
    if (this.isClosed || this.#opening?.isToldToEnd) return;
    if (this.isPending && this.#opening!.answersError(error, reason)) return;
    if (!this.isOpen) {
      this.#opening!.fail = () => this.fail(error, reason, origin);
      return this.scheduleOpen();
    }
    this.host.onError(error, origin);
    this.write(Chunk.of(errorEvent(error)));
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
    if (this.#opening !== undefined) this.#opening.ending ??= ending;
    this.scheduleOpen();
  }

  end(reason: CloseReason, detail?: string): void {
    if (this.isClosed) return;
    const wasOpen = this.isOpen;
    if (this.isPending) stopListening(this.exchange.response);
    this.closeReason = reason;
    this.#opening?.drop();
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

  /** By the application itself, where it is not closed yet. */
  onEnded(): void {
    if (this.isOpen) this.end('complete');
  }

  onGone(): void {
    this.end(this.exchange.response.writableEnded ? 'complete' : 'client');
    this.#vigil?.stop();
    if (this.#opening === undefined) this.host.onReleased(this);
  }

  onQuiet(): void {
    const { heartbeat } = this.options;
    const position = heartbeat.position ? this.#feed?.caughtUpPosition : undefined;
    this.write(Chunk.of(heartbeatBlock(heartbeat, position)));
  }

  onStalled(): void {
    this.end('stalled');
    this.destroy();
  }

  onExpired(): void {
    this.endAfterHead({ reason: 'expired' });
  }

  onAnswered(reason: CloseReason): void {
    this.end(reason);
  }

  onHeadFailed(error: unknown): void {
    // Somebody else may answer, or try again.
    if (!this.isHeadSent) stopListening(this.exchange.response);
    if (this.isHeadSent || this.#opening!.isAlone) this.host.onError(error, 'stream');
    this.end('error');
    this.destroy();
  }

  onHeadSent(): void {
    const writer = writerOf(this.exchange.response, this.host.rawWrites);
    if (this.isClosed) return writer.end();
    const opening = this.#opening!;
    const outlet = new Outlet(writer, this.host.turn);
    this.#opening = undefined;
    this.#outlet = outlet;
    this.#vigil = new Vigil(this.host.wheel, outlet, this.options, this);
    // Before anybody is told, who could send something: what was kept comes first.
    const failed = this.#failsToWrite(opening.takeFirst());
    this.host.onOpened(this);
    opening.drop();
    if (failed !== undefined) return this.#onWriteFailed(failed.error);
    opening.fail?.();
    if (opening.ending !== undefined) this.#endWith(opening.ending);
    if (!this.isOpen) return;
    this.#vigil.begin(opening.expiresAt);
    if (this.writable) this.#feed?.onWritable();
  }

  #endWith({ reason, detail, retry }: Ending): void {
    // A stream that has kept up until now is written what is new, also where it has just been given more than is taken at
    // once: there is no later, and often nothing of that has even been offered to the client.
    this.#isFlushing = true;
    this.#feed?.flush();
    if (retry !== undefined) this.write(Chunk.of(retryBlock(retry)));
    this.end(reason, detail);
  }

  #failsToWrite(first: Chunk | undefined): { readonly error: unknown } | undefined {
    if (first === undefined) return undefined;
    try {
      this.#outlet!.write(first, this.host.wheel.tick);
      this.host.traffic.bytes += first.length;
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** A response that a middleware has patched; what it has sent of the bytes nobody knows. */
  #onWriteFailed(error: unknown): void {
    this.host.onError(error, 'stream');
    this.end('error');
    this.destroy();
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

  #hasRoomFor(block: Chunk): boolean {
    const place = this.#outlet ?? this.#opening;
    return place?.hasRoomFor(block, this.options.maxSendQueue) ?? false;
  }

  #encode(event: SseEvent): Chunk {
    const encoded = encodeFields(event, this.host.serialize);
    if (encoded.id !== undefined) {
      if (this.#feed !== undefined) throw idError();
      this.#hasSentId = true;
    }
    return Chunk.of(wholeBlock(encoded));
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

function closedError(): SseError {
  return new SseError('CONNECTION_CLOSED', 'the connection is closed');
}

function idError(): SseError {
  return new SseError(
    'INVALID_ID',
    'connection.send takes no id on a stream that follows topics: it would overwrite the position that the client resumes from',
  );
}
