import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse, Http2Session } from 'node:http2';

/** A request of Node's servers: HTTP/1.1, or HTTP/2 by the compatibility API. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;

/** A response of Node's servers: HTTP/1.1, or HTTP/2 by the compatibility API. */
export type NodeResponse = ServerResponse | Http2ServerResponse;

export function isHttp2(response: NodeResponse): response is Http2ServerResponse {
  return response.req.httpVersionMajor >= 2;
}

/** Whether the client has left, or the response has been sent: "close" has been emitted already, or never will be. */
export function isOver(response: NodeResponse): boolean {
  if (isHttp2(response))
    return response.stream === undefined || response.stream.destroyed || response.writableEnded;
  return response.destroyed || response.writableEnded || response.req.socket.destroyed;
}

/** The session that carries a response; undefined on HTTP/1.1, and when it is gone. */
export function sessionOf(response: NodeResponse): Http2Session | undefined {
  return isHttp2(response) ? response.stream?.session : undefined;
}
