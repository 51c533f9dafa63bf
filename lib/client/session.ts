import { isPromiseLike, type Awaitable } from '../async/awaitable.js';
import { wait } from '../async/wait.js';
import { shown } from '../errors/sse-error.js';
import { EventStreamParser, type ParsedEvent } from '../protocol/parse.js';
import { SseClientError } from './client-error.js';
import type { ResolvedReadOptions } from './client-options.js';
import { thrown, type Failure } from './failure.js';
import { isSendable } from './request.js';
import { lost, type ConnectInfo, type Opened, type Source } from './source.js';
import { Watch } from './watch.js';

/** Whom a session tells, and what outlives it. */
export interface SessionHost {
  /** Of what was delivered. */
  readonly place: { lastEventId: string };
  onConnected(head: ConnectInfo | undefined): void;
  /** Told of milliseconds that the server wants to be waited from now on. */
  onRetry(milliseconds: number): void;
  /** Takes an event; answers once the next may come, and whether this one counts as delivered. */
  deliver(event: ParsedEvent, session: Session): Awaitable<boolean>;
  /** What is to follow a failure: milliseconds to wait for, or the end, with an error where there is one. */
  decide(failure: Failure, session: Session): Awaitable<number | Ended>;
  onDisconnected(failure: Failure, delay: number | undefined): void;
  onEnded(ended: Ended): void;
  /** Milliseconds that an answer's head may take; 0: any. */
  readonly connectTimeout: number;
}

/** That there will be no further attempt. */
export interface Ended {
  readonly error: unknown;
}

const ENDED: Ended = { error: undefined };

/** Keeps a client connected, one attempt after the other, until there is to be no more of them. */
export class Session {
  /** When the present stream was opened; undefined where there is none. By `performance.now()`. */
  openedAt: number | undefined = undefined;
  /** Whether a new request would bring events again: there was no id, behind them or theirs, that can be sent. */
  hasUnmarked = false;
  #hasDelivered = false;
  #attempt: AbortController | undefined = undefined;
  readonly #stopped = new AbortController();

  constructor(
    private readonly source: Source,
    private readonly options: ResolvedReadOptions,
    private readonly host: SessionHost,
  ) {}

  get isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  /** Settles as the promise does, or is rejected when the session is stopped before that. */
  untilStopped<T>(promise: Promise<T>): Promise<T> {
    return untilAborted(promise, this.#stopped.signal);
  }

  /** Stops the request, the waiting, everything; nobody is told of anything any more. */
  stop(): void {
    this.#stopped.abort();
    this.#attempt?.abort();
  }

  /** Resolves when it has been stopped, or has come to its end. */
  async run(): Promise<void> {
    while (!this.isStopped) {
      const outcome = await this.#tryOnce();
      if (this.isStopped) return;
      const next = 'kind' in outcome ? await this.#decide(outcome) : outcome;
      if (next === undefined || this.isStopped) return;
      const delay = typeof next === 'number' ? next : undefined;
      this.host.onDisconnected('kind' in outcome ? outcome : FINISHED, delay);
      if (this.isStopped) return;
      if (typeof next !== 'number') {
        this.host.onEnded(next);
        return;
      }
      this.openedAt = undefined;
      await wait(next, this.#stopped.signal);
    }
  }

  /** Undefined where the session was stopped meanwhile: `shouldRetry` may never answer. */
  #decide(failure: Failure): Promise<number | Ended | undefined> {
    const isFinal = this.source.isReadOnce || failure.isFinal === true;
    const decided = Promise.resolve(this.host.decide({ ...failure, isFinal }, this));
    return this.untilStopped(decided).catch(() => undefined);
  }

  async #tryOnce(): Promise<Failure | Ended> {
    const attempt = new AbortController();
    this.#attempt = attempt;
    const opened = await this.#open(attempt);
    if (opened === undefined) return ENDED;
    if ('kind' in opened) return opened;
    if (attempt.signal.aborted) {
      discard(opened);
      return lost(attempt.signal.reason);
    }
    this.openedAt = performance.now();
    this.host.onConnected(opened.head);
    // Whoever was told may have closed the client: a body that is none of fetch's knows nothing of that.
    if (attempt.signal.aborted) {
      discard(opened);
      return ENDED;
    }
    const outcome = await this.#read(opened.body, attempt);
    // What is left of a request, for instance of a body that is still being sent, is over with its answer.
    attempt.abort();
    return outcome;
  }

  async #open(attempt: AbortController): Promise<Opened | Failure | undefined> {
    const { connectTimeout } = this.host;
    const timer =
      connectTimeout === 0
        ? undefined
        : setTimeout(
            () => attempt.abort(timedOut(`there was no answer within ${connectTimeout} ms (connectTimeout)`)),
            connectTimeout,
          );
    const opening = this.source.open(this.host.place.lastEventId, attempt.signal, () => clearTimeout(timer));
    try {
      return await untilAborted(opening, attempt.signal);
    } catch (error) {
      // A fetch that does not know signals may still come to an answer, which nobody reads.
      void opening.then(discard, () => undefined);
      return lost(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(body: ReadableStream<Uint8Array> | null, attempt: AbortController): Promise<Failure | Ended> {
    if (body === null) return FINISHED;
    const { idleTimeout } = this.options;
    let reader: ReadableStreamDefaultReader<Uint8Array>;
    try {
      reader = body.getReader();
    } catch (cause) {
      const error = new SseClientError('BODY_USED', 'the stream is read by somebody else already', { cause });
      return { kind: 'response', error, isFinal: true };
    }
    const watch = new Watch(idleTimeout, () =>
      attempt.abort(timedOut(`nothing came for ${idleTimeout} ms (idleTimeout)`)),
    );
    // Ends the read that is pending, also where the body is none of fetch's.
    const cancel = (): void => void reader.cancel().catch(() => undefined);
    attempt.signal.addEventListener('abort', cancel);
    /** What has been parsed: events, and the ids of blocks that are none. */
    const parsed: (ParsedEvent | string)[] = [];
    const parser = new EventStreamParser({
      onEvent: (event) => parsed.push(event),
      onId: (lastEventId) => parsed.push(lastEventId),
      onRetry: (milliseconds) => this.host.onRetry(milliseconds),
      maxEventBytes: this.options.maxEventBytes,
      lastEventId: this.host.place.lastEventId,
    });
    try {
      for (;;) {
        watch.wait();
        const { done, value } = await reader.read();
        watch.rest();
        if (attempt.signal.aborted) return lost(attempt.signal.reason);
        if (done) return FINISHED;
        if (!ArrayBuffer.isView(value)) return noBytes(value);
        const refused = feed(parser, value);
        for (const next of parsed.splice(0)) {
          const outcome = typeof next === 'string' ? this.#moveTo(next) : await this.#hand(next);
          if (outcome !== undefined) return outcome;
          if (attempt.signal.aborted) return lost(attempt.signal.reason);
        }
        if (refused !== undefined) return { kind: 'response', error: refused, isFinal: true };
        this.#moveTo(parser.lastEventId);
      }
    } catch (error) {
      return lost(attempt.signal.aborted ? attempt.signal.reason : error);
    } finally {
      watch.stop();
      attempt.signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  async #hand(event: ParsedEvent): Promise<Ended | undefined> {
    const { host } = this;
    try {
      if (this.options.isEnd?.(event) === true) {
        host.place.lastEventId = event.lastEventId;
        return ENDED;
      }
    } catch (error) {
      return { error: thrown(error) };
    }
    const delivered = host.deliver(event, this);
    const isDelivered = isPromiseLike(delivered) ? await delivered : delivered;
    if (!isDelivered) return undefined;
    this.#hasDelivered = true;
    this.hasUnmarked = true;
    return this.#moveTo(event.lastEventId);
  }

  /** Everything up to this id is done with. */
  #moveTo(lastEventId: string): undefined {
    const { place } = this.host;
    if (lastEventId === place.lastEventId) return;
    place.lastEventId = lastEventId;
    this.hasUnmarked = this.#hasDelivered && (lastEventId === '' || !isSendable(lastEventId));
  }
}

const FINISHED: Failure = { kind: 'end', error: undefined };

function timedOut(message: string): SseClientError {
  return new SseClientError('TIMEOUT', message);
}

function noBytes(value: unknown): Failure {
  const message = `the stream must be one of bytes, but has ${shown(value)}; give it as it was before it was decoded`;
  return { kind: 'response', error: new SseClientError('BAD_RESPONSE', message), isFinal: true };
}

/** The error of an event that is too large; those in front of it have been parsed. */
function feed(parser: EventStreamParser, bytes: Uint8Array): SseClientError | undefined {
  try {
    parser.feed(bytes);
    return undefined;
  } catch (error) {
    return new SseClientError('EVENT_TOO_LARGE', (error as Error).message, { cause: error });
  }
}

function discard(opened: Opened | Failure | undefined): void {
  if (opened !== undefined && 'body' in opened) void opened.body?.cancel().catch(() => undefined);
}

/** Settles as the promise does; rejects with the signal's reason when it is aborted before that. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    const settled = (): void => signal.removeEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(settled);
  });
}
