import { Readable } from 'node:stream';
import { SseError, shown } from '../errors/sse-error.js';
import { isOver, type NodeRequest, type NodeResponse } from './node-response.js';

/** Header names in lower case and their values. */
export type Headers = Readonly<Record<string, string>>;

/** One request and its response, whatever platform serves them. */
export interface Exchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  /** The status that was set so far. */
  readonly status: number;
  /**
   * Sends the head with the status and the headers, those that were set before included, which win but for
   * `content-type`. Calls `ready` when the response can be written to; not at all where the platform ends it itself.
   */
  sendHead(status: number, headers: Headers, ready: () => void): void;
}

/** What this library needs of Fastify's reply. */
interface FastifyReply {
  readonly raw: NodeResponse;
  readonly statusCode: number;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  getHeader(name: string): unknown;
  send(payload: unknown): unknown;
  hijack(): unknown;
}

/**
 * The exchange of a request and a response of Node's servers, Express or Fastify.
 * @throws SseError `INVALID_OPTION` for anything else
 */
export function toExchange(request: object, response: object): Exchange {
  if (isFastifyReply(response)) return new FastifyExchange(response);
  if (isNodeResponse(response)) return new NodeExchange((request ?? response.req) as NodeRequest, response);
  throw new SseError(
    'INVALID_OPTION',
    `a stream needs the request and the response of node:http, node:http2, Express or Fastify, but got ${shown(Object.keys(response))}`,
  );
}

function isFastifyReply(response: object): response is FastifyReply {
  const { raw, hijack } = response as Partial<FastifyReply>;
  return typeof hijack === 'function' && typeof raw === 'object';
}

function isNodeResponse(response: object): response is NodeResponse {
  const { writeHead, write } = response as Partial<NodeResponse>;
  return typeof writeHead === 'function' && typeof write === 'function';
}

const CONTENT_TYPE = 'content-type';
const EVENT_STREAM = /^text\/event-stream\s*(;|$)/i;

/** Whether one of our headers is to be set over what the application has set before. */
function isDue(name: string, present: unknown): boolean {
  if (present === undefined) return true;
  return name === CONTENT_TYPE && !(typeof present === 'string' && EVENT_STREAM.test(present));
}

// Node's types leave it out for HTTP/2, where the compatibility API has it too.
function flushHead(response: NodeResponse): void {
  (response as { flushHeaders(): void }).flushHeaders();
}

class NodeExchange implements Exchange {
  constructor(
    readonly request: NodeRequest,
    readonly response: NodeResponse,
  ) {}

  get status(): number {
    return this.response.statusCode;
  }

  sendHead(status: number, headers: Headers, ready: () => void): void {
    const { response } = this;
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) {
      if (isDue(name, response.getHeader(name))) response.setHeader(name, value);
    }
    flushHead(response);
    ready();
  }
}

class FastifyExchange implements Exchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;

  constructor(private readonly reply: FastifyReply) {
    this.request = reply.raw.req;
    this.response = reply.raw;
  }

  get status(): number {
    return this.reply.statusCode;
  }

  sendHead(status: number, headers: Headers, ready: () => void): void {
    const { reply } = this;
    reply.code(status);
    for (const [name, value] of Object.entries(headers)) {
      if (isDue(name, reply.getHeader(name))) reply.header(name, value);
    }
    reply.send(new Handover(reply, ready));
  }
}

/**
 * What Fastify is given to send: it runs its onSend hooks, sets its headers (cookies, CORS) and then pipes the payload
 * into the response; that is where we take the response over. Hijacking it at once would lose hooks and headers.
 */
class Handover extends Readable {
  constructor(
    private readonly reply: FastifyReply,
    private readonly ready: () => void,
  ) {
    super();
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
    if (isOver(this.reply.raw)) return destination;
    flushHead(this.reply.raw);
    this.ready();
    return destination;
  }
}
