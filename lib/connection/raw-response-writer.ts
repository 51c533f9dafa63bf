import { OutgoingMessage, type ServerResponse } from 'node:http';
import { Http2ServerResponse, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Chunk } from './chunk.js';
import { isHttp2, type NodeResponse } from './node-response.js';
import { NodeResponseWriter } from './node-response-writer.js';
import { listenToSocket } from './response-events.js';
import type { ResponseWriter } from './response-writer.js';

/**
 * Writes chunks that are framed already to the socket, past the response, which would frame them for each client
 * again. Only where {@link writerOf} finds that it may.
 */
class RawResponseWriter extends NodeResponseWriter {
  constructor(
    response: ServerResponse,
    private readonly socket: Socket,
  ) {
    super(response);
  }

  override get pending(): number {
    return this.socket.writableLength;
  }

  // Neither this nor what follows asks the response anything: Express changes the prototype of each, so that what is read
  // of one has to be looked for every time, which costs a tenth of what a delivery does.
  override write(chunk: Chunk): boolean {
    // The client has left, and the server has ended the connection; to write would be an error, of which the server tells.
    if (!this.socket.writable) return false;
    if (this.socket.write(chunk.framed)) return true;
    listenToSocket(this.socket, this.response as ServerResponse);
    return false;
  }

  override cork(): void {
    this.socket.cork();
  }

  override uncork(): void {
    this.socket.uncork();
  }
}

/** Writes to the stream of HTTP/2, past the response of the compatibility API. */
class RawHttp2Writer extends NodeResponseWriter {
  constructor(
    response: Http2ServerResponse,
    private readonly stream: ServerHttp2Stream,
  ) {
    super(response);
  }

  override write(chunk: Chunk): boolean {
    // False from the end of the response on, which is the stream's end too.
    return this.stream.writable && this.stream.write(chunk.data);
  }
}

/** The writer of a response whose head has been sent. */
export function writerOf(response: NodeResponse, rawWrites: boolean): ResponseWriter {
  if (rawWrites && isHttp2(response) && isOwn(response)) return new RawHttp2Writer(response, response.stream);
  if (rawWrites && isRawWritable(response) && response.chunkedEncoding)
    return new RawResponseWriter(response, response.socket);
  return new NodeResponseWriter(response);
}

// Whoever replaces it, for one response or for all, wants to see the bytes. It is taken from where Node has it, so that
// one of ServerResponse, which what watches an application may have put there before this is loaded, is another. What
// stands in its very place by then cannot be told from Node's own: `rawWrites: false` is for that.
const write: unknown = Reflect.get(OutgoingMessage.prototype, 'write');
const http2Write: unknown = Reflect.get(Http2ServerResponse.prototype, 'write');

function isOwn(response: Http2ServerResponse): boolean {
  return response.stream !== undefined && response.write === http2Write;
}

type RawWritable = ServerResponse & { readonly socket: Socket };

/**
 * Whether bytes can go past a response: it is one of HTTP/1.1 (HTTP/1.0 has no chunks; nginx speaks it by default with
 * the servers behind it) that has a body, has its socket already (one that is pipelined waits for it), and nobody
 * transforms or counts what is written, and its head says nothing else of the body (RFC 9112 6.1).
 */
export function isRawWritable(response: NodeResponse): response is RawWritable {
  if (isHttp2(response)) return false;
  const { req, socket } = response;
  if (req.httpVersionMajor !== 1 || req.httpVersionMinor < 1 || req.method === 'HEAD') return false;
  if (socket === null || response.write !== write) return false;
  if (response.hasHeader('content-encoding') || response.hasHeader('content-length')) return false;
  const coding = response.getHeader('transfer-encoding');
  return coding === undefined || coding === 'chunked';
}
