import { SseError, shown } from '../errors/sse-error.js';
import { FastifyHandover, type FastifyReply, type HeaderValue } from './fastify-handover.js';
import { isRawWritable } from './raw-response-writer.js';
import { isHttp2, type NodeRequest, type NodeResponse } from './node-response.js';

/** Header names in lower case and their values. */
export type Headers = Readonly<Record<string, string>>;

/** What a response begins with. */
export interface Head {
  readonly status: number;
  readonly headers: Headers;
  /** Whether the body is to be sent in chunks (RFC 9112 7.1) that are framed by the writer, where it can be. */
  readonly isChunked: boolean;
}

/** One request and its response, whatever platform serves them. */
export interface Exchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  /** The request as the platform's handlers have it: Express' or Fastify's. */
  readonly platformRequest: object;
  /** Where the client is, as the platform trusts it: what it makes of proxies, or the socket's; undefined when it is gone. */
  readonly address: string | undefined;
  /**
   * Sends the head, with the headers that were set before included, which win but for `content-type` and the
   * `no-transform` of `cache-control`. Calls `ready` when the response can be written to; not
   * at all where the platform ends it itself.
   */
  sendHead(head: Head, ready: () => void): void;
}

/**
 * The exchange of a request and a response of Node's servers, Express or Fastify.
 * @throws SseError `INVALID_OPTION` for anything else
 */
export function toExchange(request: unknown, response: unknown): Exchange {
  if (isFastifyReply(response)) return new FastifyExchange(response);
  if (isNodeResponse(response)) {
    const its = request ?? response.req;
    if (isNodeRequest(its)) return new NodeExchange(its, response);
  }
  throw new SseError(
    'INVALID_OPTION',
    `a stream needs the request and the response of node:http, node:http2, Express or Fastify, in this order, but got ${outlined(request)} and ${outlined(response)}`,
  );
}

function isFastifyReply(value: unknown): value is FastifyReply {
  return isObject(value) && typeof value['hijack'] === 'function' && isNodeResponse(value['raw']);
}

function isNodeResponse(value: unknown): value is NodeResponse {
  return isObject(value) && typeof value['writeHead'] === 'function' && typeof value['write'] === 'function';
}

function isNodeRequest(value: unknown): value is NodeRequest {
  return isObject(value) && isObject(value['headers']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A request or a response would be far too much to show. */
function outlined(value: unknown): string {
  return isObject(value) ? `an object with ${shown(Object.keys(value))}` : shown(value);
}

const CONTENT_TYPE = 'content-type';
const EVENT_STREAM = /^text\/event-stream\s*(;|$)/i;
const CACHE_CONTROL = 'cache-control';
const NO_TRANSFORM = /(^|,)\s*no-transform\s*(,|$)/i;

/** What one of our headers is to be set to; undefined where it stays what the application has set before. */
function headerToSet(name: string, ours: string, present: HeaderValue): string | undefined {
  if (present === undefined) return ours;
  const theirs = [present].flat().join(', ');
  if (name === CONTENT_TYPE) return EVENT_STREAM.test(ours) && EVENT_STREAM.test(theirs) ? undefined : ours;
  // Whatever else the application says of caching: a stream that is compressed on its way is held back.
  const mustStay = name === CACHE_CONTROL && NO_TRANSFORM.test(ours);
  if (mustStay && !NO_TRANSFORM.test(theirs)) return `${theirs}, no-transform`;
  return undefined;
}

/**
 * Sends the head and what is written at once when it has been sent: over HTTP/1.1 with one write. That the body is
 * chunked is said only now: another answer, which a hook of the platform gives instead, may have a length.
 */
function sendTogether(response: NodeResponse, isChunked: boolean, ready: () => void): void {
  if (isChunked && isRawWritable(response)) response.setHeader('transfer-encoding', 'chunked');
  const socket = isHttp2(response) ? null : response.socket;
  socket?.cork();
  try {
    // Node's types leave it out for HTTP/2, where the compatibility API has it too.
    (response as { flushHeaders(): void }).flushHeaders();
    ready();
  } finally {
    socket?.uncork();
  }
}

class NodeExchange implements Exchange {
  constructor(
    readonly request: NodeRequest,
    readonly response: NodeResponse,
  ) {}

  // Express keeps its own request with the response.
  get platformRequest(): NodeRequest & { readonly ip?: string } {
    return this.response.req;
  }

  get address(): string | undefined {
    return this.platformRequest.ip ?? this.request.socket.remoteAddress;
  }

  sendHead({ status, headers, isChunked }: Head, ready: () => void): void {
    const { response } = this;
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) {
      const due = headerToSet(name, value, response.getHeader(name));
      if (due !== undefined) response.setHeader(name, due);
    }
    sendTogether(response, isChunked, ready);
  }
}

class FastifyExchange implements Exchange {
  readonly request: NodeRequest;
  readonly response: NodeResponse;

  constructor(private readonly reply: FastifyReply) {
    this.request = reply.raw.req;
    this.response = reply.raw;
  }

  get platformRequest(): FastifyReply['request'] {
    return this.reply.request;
  }

  get address(): string | undefined {
    return this.platformRequest.ip;
  }

  sendHead({ status, headers, isChunked }: Head, ready: () => void): void {
    const { reply } = this;
    reply.code(status);
    for (const [name, value] of Object.entries(headers)) {
      const due = headerToSet(name, value, reply.getHeader(name));
      if (due !== undefined) reply.header(name, due);
    }
    reply.send(new FastifyHandover(reply, () => sendTogether(reply.raw, isChunked, ready)));
  }
}
