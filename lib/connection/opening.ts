import type { CloseReason } from '../errors/close-reason.js';
import { SseError } from '../errors/sse-error.js';
import type { ResolvedStreamOptions } from '../options/stream-options.js';
import { Deferred } from './deferred.js';
import { Chunk } from './chunk.js';
import type { Ending } from './ending.js';
import { eventStreamHeaders, isBodiless } from './event-stream-head.js';
import type { Exchange, Head } from './exchange.js';
import { NodeResponseWriter } from './node-response-writer.js';
import { refusalError, type Refusal } from './refusal.js';
import { errorAnswer, headOnly, refusedStream, type WholeAnswer } from './whole-answer.js';

/** Who is told what becomes of a head. */
export interface OpeningListener {
  /** It has been sent: events can be written. */
  onHeadSent(): void;
  /** There will be no stream: the request has been answered in another way, or somebody else answers it. */
  onAnswered(reason: CloseReason): void;
  /** It could not be sent. */
  onHeadFailed(error: unknown): void;
}

/**
 * A response whose head has not been sent: when it is, what is kept to be written behind it, and what the request is
 * answered with where there is to be no stream.
 */
export class Opening {
  status = 200;
  /** Settled when the head has been sent or can no longer be; rejected when there must be an HTTP error instead. */
  readonly sent = new Deferred();
  /** Whether there is nobody who could answer with an HTTP error instead. */
  isAlone = false;
  /** How the stream is to end as soon as it is open: its source has ended already, or it has been closed. */
  ending: Ending | undefined = undefined;
  /** When the stream ends, in milliseconds since 1970. */
  expiresAt = Infinity;
  /** What has failed while the head was on its way. */
  fail: (() => void) | undefined = undefined;
  #refusal: Refusal | undefined = undefined;
  #isScheduled = false;
  #isSending = false;
  #isOver = false;
  /** How many keep the head from being sent, and whether it would have been but for them. */
  #holds = 0;
  #isDue = false;
  /** Sends the head of a source that takes too long. */
  #timer: NodeJS.Timeout | undefined = undefined;
  #blocks: Chunk[] = [];
  #bytes = 0;

  constructor(
    private readonly exchange: Exchange,
    private readonly options: ResolvedStreamOptions,
    private readonly rawWrites: boolean,
    private readonly listener: OpeningListener,
  ) {}

  /** Whether the request can still be answered in another way. */
  get isPending(): boolean {
    return !this.#isSending && !this.#isOver;
  }

  /** Whether the head will be sent when the event loop's turn is over. */
  get isScheduled(): boolean {
    return this.#isScheduled;
  }

  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  /** Whether the application or the hub ends the stream, whatever its source still says. */
  get isToldToEnd(): boolean {
    return this.isRefused || (this.ending !== undefined && this.ending.reason !== 'complete');
  }

  /** Whether the answer will have no body. */
  get isHeadOnly(): boolean {
    return this.exchange.request.method === 'HEAD' || isBodiless(this.status);
  }

  /** The handler has returned: has the head sent as the option `headAfter` says. */
  release(): void {
    if (this.options.headAfter === 'open') return this.schedule();
    if (this.#isScheduled || !this.isPending) return;
    this.#timer = setTimeout(() => this.open(), this.options.headTimeout).unref();
  }

  /** Has the head sent when the event loop's turn is over, so that what fails in this turn is an HTTP answer. */
  schedule(): void {
    if (this.#isScheduled || !this.isPending) return;
    this.#isScheduled = true;
    setImmediate(() => this.open());
  }

  /** Keeps the head from being sent until {@link letGo}, unless the stream is told to end. */
  hold(): void {
    this.#holds++;
  }

  letGo(): void {
    this.#holds--;
    if (this.#holds === 0 && this.#isDue) this.schedule();
  }

  /** Sends the head, if there is to be a stream and nobody holds it. */
  open(): void {
    if (!this.isPending || !this.#isFree()) return;
    const { httpVersionMajor } = this.exchange.request;
    if (this.#refusal !== undefined) return this.#refuse(this.#refusal);
    if (this.isHeadOnly) return this.#answer(headOnly(this.status, httpVersionMajor), 'complete');
    const headers = eventStreamHeaders(httpVersionMajor, this.status);
    const head = { status: this.status, headers, isChunked: this.rawWrites };
    this.#sendHead(head, () => this.listener.onHeadSent());
  }

  /** Gives the request no stream. */
  refuse(refusal: Refusal): void {
    this.#refusal = refusal;
    this.schedule();
  }

  /** Has an error answered by a status; false where there is none that says what has happened. */
  answersError(error: unknown, reason: CloseReason): boolean {
    if (!this.isAlone) {
      this.sent.reject(error);
      this.listener.onAnswered(reason);
      return true;
    }
    if (!(error instanceof SseError) || error.statusCode === undefined) return false;
    this.#answer(errorAnswer(error), reason);
    return true;
  }

  /** Whether this may be kept as well; a single block always is. */
  hasRoomFor(block: Chunk, limit: number): boolean {
    return this.#bytes === 0 || this.#bytes + block.length <= limit;
  }

  /** Keeps what is to be written behind the head, which is then due. */
  keep(block: Chunk): void {
    this.#blocks.push(block);
    this.#bytes += block.length;
    this.schedule();
  }

  /** Everything that was kept, as one piece behind the normal reconnection time; undefined where there is nothing. */
  takeFirst(): Chunk | undefined {
    const { retry } = this.options;
    const kept = this.#blocks;
    this.#blocks = [];
    if (retry === false) return kept.length === 0 ? undefined : Chunk.join(kept);
    // A line of the first block, where there is one.
    return Chunk.join([Chunk.of(kept.length > 0 ? `retry:${retry}\n` : `retry:${retry}\n\n`), ...kept]);
  }

  /** Nothing more is to come of it. */
  drop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#blocks = [];
    this.sent.resolve();
  }

  /** Whether the head can be sent now; otherwise it is due when nobody holds it any more. */
  #isFree(): boolean {
    if (this.#holds === 0 || this.isToldToEnd) return true;
    this.#isScheduled = false;
    this.#isDue = true;
    return false;
  }

  #refuse(refusal: Refusal): void {
    const reason = refusal.cause === 'shutdown' ? 'shutdown' : 'overload';
    if (refusal.byStatus) this.answersError(refusalError(refusal), reason);
    else this.#answer(refusedStream(refusal, this.exchange.request.httpVersionMajor), reason);
  }

  /** Sends an answer that is no stream. */
  #answer({ status, headers, body }: WholeAnswer, reason: CloseReason): void {
    const { isHeadOnly } = this;
    this.#sendHead({ status, headers, isChunked: false }, () => {
      const writer = new NodeResponseWriter(this.exchange.response);
      if (!isHeadOnly && body !== '') writer.write(Chunk.of(body));
      writer.end();
    });
    this.listener.onAnswered(reason);
  }

  #sendHead(head: Head, ready: () => void): void {
    this.#isSending = true;
    clearTimeout(this.#timer);
    try {
      this.exchange.sendHead(head, ready);
    } catch (error) {
      this.sent.reject(error);
      this.listener.onHeadFailed(error);
    }
  }
}
