import type { ExecutionContext } from '@nestjs/common';
import type { Connection } from '../connection/connection.js';
import { SseError } from '../errors/sse-error.js';
import { HubStream } from '../hub/hub-stream.js';
import type { SseHub } from '../hub/sse-hub.js';
import { isAnswered, muteReply, type PlatformReply } from './platform-reply.js';
import { discardSource, isSource, refuseSource, startSource } from './sources.js';

/** One request of a route with `@SseStream()`, from its interceptor to the head of its answer. */
export class StreamRequest {
  /** Whether the handler has asked for the connection, and so may use it after it has returned. */
  usesConnection = false;
  /** What the handler returned, in an object, since it may have returned nothing; undefined while it has not run. */
  #returned: { readonly value: unknown } | undefined = undefined;
  #isFinished = false;

  constructor(
    readonly connection: Connection,
    private readonly hub: SseHub,
    private readonly reply: PlatformReply,
  ) {}

  /** Whether the handler has run; when it has not, somebody else has the answer. */
  get hasReturned(): boolean {
    return this.#returned !== undefined;
  }

  /** Takes what the handler has returned: again, if it is called again, and also when nobody waits for it any more. */
  keep(returned: unknown): void {
    discardSource(this.#isFinished ? returned : this.#take());
    if (!this.#isFinished) this.#returned = { value: returned };
  }

  /** Streams what the handler has returned. Resolves when the head is sent, or cannot be sent any more. */
  async answer(status: number): Promise<void> {
    const { connection } = this;
    if (connection.isPending) connection.status = status;
    if (this.#needsSource) this.#start();
    else this.#discard();
    await connection.opened;
    muteReply(this.reply);
  }

  /** Answers an error; false when that is for Nest's filters to do. */
  takeError(error: unknown): boolean {
    this.#discard();
    const { connection } = this;
    const isGone = connection.closeReason === 'client';
    if (connection.isPending || (connection.isClosed && !connection.isHeadSent && !isGone)) return false;
    if (!connection.isClosed) connection.fail(error);
    else if (!isGone && !isClosedError(error)) connection.report(error);
    muteReply(this.reply);
    return true;
  }

  /** The interceptors are done with the request: the stream is open, or somebody else answers. */
  finish(): void {
    this.#isFinished = true;
    discardSource(this.#take());
    this.connection.abandon();
  }

  /** Whether something is to be streamed: not to a client that is gone, for a HEAD, or when the handler has answered itself. */
  get #needsSource(): boolean {
    const { connection } = this;
    return (
      !connection.isEnding && !connection.isHeadOnly && !(connection.isPending && isAnswered(this.reply))
    );
  }

  #start(): void {
    const { connection } = this;
    const value = this.#take();
    if (value instanceof HubStream) return this.hub.follow(connection, value);
    if (isSource(value)) startSource(value, connection);
    else if (value !== undefined || !this.usesConnection) refuseSource(value);
    connection.release();
  }

  #take(): unknown {
    const value = this.#returned?.value;
    this.#returned = undefined;
    return value;
  }

  #discard(): void {
    discardSource(this.#take());
    if (isAnswered(this.reply)) this.connection.abandon();
    else if (this.connection.isHeadOnly) this.connection.scheduleOpen();
  }
}

const requests = new WeakMap<object, StreamRequest>();

/** Keeps the request by the platform's response, which everybody has who takes part in it. */
export function keepRequest(response: object, request: StreamRequest): void {
  requests.set(response, request);
}

export function findRequest(response: unknown): StreamRequest | undefined {
  return typeof response === 'object' && response !== null ? requests.get(response) : undefined;
}

/** @throws SseError `NOT_A_STREAM` */
export function requestOf(context: ExecutionContext, decorator: string): StreamRequest {
  const request = findRequest(context.switchToHttp().getResponse());
  if (request !== undefined) return request;
  throw new SseError('NOT_A_STREAM', `${decorator} needs @SseStream() on the same method`);
}

/** What a handler is told that sends to a stream that is over: no error of its own. */
function isClosedError(error: unknown): boolean {
  return error instanceof SseError && error.code === 'CONNECTION_CLOSED';
}
