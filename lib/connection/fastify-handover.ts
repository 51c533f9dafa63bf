import { Readable } from 'node:stream';
import { SseError } from '../errors/sse-error.js';
import { isOver, type NodeResponse } from './node-response.js';

/** What a platform gives for a header that may have been set. */
export type HeaderValue = number | string | string[] | undefined;

/** What this library needs of Fastify's reply. */
export interface FastifyReply {
  readonly raw: NodeResponse;
  readonly request: { readonly ip: string };
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  getHeader(name: string): HeaderValue;
  send(payload: unknown): unknown;
  hijack(): unknown;
}

/**
 * What Fastify is given to send: it runs its onSend hooks, sets its headers (cookies, CORS) and then pipes the payload
 * into the response; that is where we take the response over. Hijacking it at once would lose hooks and headers.
 */
export class FastifyHandover extends Readable {
  #listened: ReadonlyMap<string | symbol, number> = new Map();

  constructor(
    private readonly reply: FastifyReply,
    private readonly takeOver: () => void,
  ) {
    super();
    // Fastify listens for the payload's end, then for the response's, and then it pipes.
    this.on('newListener', () => (this.#listened = listenerCounts(reply.raw)));
  }

  override _read(): void {}

  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    // Thrown into the hook that pipes, which nothing has been sent before: Fastify answers with the error.
    if ((destination as unknown) !== this.reply.raw) {
      throw new SseError(
        'INVALID_OPTION',
        'an onSend hook transforms the event stream; exclude text/event-stream from it',
      );
    }
    this.reply.hijack();
    // For Fastify the payload is over; what follows is ours.
    this.push(null);
    this.resume();
    this.#unlisten();
    if (!isOver(this.reply.raw)) this.takeOver();
    return destination;
  }

  /** What Fastify has to do when the response ends is nothing by now, and takes 3 KiB of every open stream. */
  #unlisten(): void {
    const { raw } = this.reply;
    for (const event of raw.eventNames())
      for (const listener of raw.rawListeners(event).slice(this.#listened.get(event) ?? 0))
        raw.off(event, listener as (...args: unknown[]) => void);
  }
}

function listenerCounts(response: NodeResponse): ReadonlyMap<string | symbol, number> {
  return new Map(response.eventNames().map((event) => [event, response.listenerCount(event)]));
}
