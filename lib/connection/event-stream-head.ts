import type { Headers } from './exchange.js';

const HTTP2: Headers = {
  'content-type': 'text/event-stream',
  // no-transform keeps compressing middleware and proxies away, which would hold events back (RFC 9111 5.2.2.6).
  'cache-control': 'no-cache, no-transform',
  // nginx holds answers back otherwise (ngx_http_proxy_module, proxy_buffering).
  'x-accel-buffering': 'no',
};

// The next try is a new connection, which a load balancer can send to another node. HTTP/2 forbids the header
// (RFC 9113 8.2.2).
const HTTP1: Headers = { ...HTTP2, connection: 'close' };

const NONE: Headers = {};

/** The headers of an event stream. An answer without a body, which tells clients to stop, has none of them. */
export function eventStreamHeaders(httpVersionMajor: number, status: number): Headers {
  if (isBodiless(status)) return NONE;
  return httpVersionMajor >= 2 ? HTTP2 : HTTP1;
}

/** Whether answers with this status have no body (RFC 9110 6.4.1). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
