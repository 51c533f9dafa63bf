import { describe, expect, test } from '@jest/globals';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import { Socket } from 'node:net';
import { isRawWritable } from '../../lib/connection/raw-response-writer.js';

interface Asked {
  readonly method?: string;
  readonly version?: readonly [number, number];
  readonly hasSocket?: boolean;
}

/** The response to a request that has come over a socket which leads nowhere. */
function responseTo({ method = 'GET', version: [major, minor] = [1, 1], hasSocket = true }: Asked = {}) {
  const socket = new Socket();
  const request = new IncomingMessage(socket);
  Object.assign(request, { method, httpVersionMajor: major, httpVersionMinor: minor });
  const response = new ServerResponse(request);
  if (hasSocket) response.assignSocket(socket);
  return response;
}

function responseWith(name: string, value: string) {
  return responseTo().setHeader(name, value);
}

function patchedResponse() {
  const response = responseTo();
  response.write = () => true;
  return response;
}

const http2Response = { req: { httpVersionMajor: 2 } } as Http2ServerResponse;

describe('Bytes may go past a response', () => {
  test.each([
    ['of HTTP/1.1', responseTo()],
    ['to POST', responseTo({ method: 'POST' })],
    ['that is said to be chunked', responseWith('transfer-encoding', 'chunked')],
    ['with headers that say nothing of the body', responseWith('connection', 'keep-alive')],
  ])('%s', (_which, response) => {
    expect(isRawWritable(response)).toBe(true);
  });
});

describe('No bytes may go past a response', () => {
  test.each([
    ['to HEAD, which has no body', responseTo({ method: 'HEAD' })],
    ['of HTTP/1.0, which has no chunks', responseTo({ version: [1, 0] })],
    ['of HTTP/0.9', responseTo({ version: [0, 9] })],
    ['of HTTP/2', http2Response],
    ['that waits for its socket', responseTo({ hasSocket: false })],
    ['whose write has been replaced', patchedResponse()],
    ['whose body is encoded', responseWith('content-encoding', 'gzip')],
    ['that has a length', responseWith('content-length', '5')],
    ['with another coding of its transfer', responseWith('transfer-encoding', 'gzip, chunked')],
  ])('%s', (_which, response) => {
    expect(isRawWritable(response)).toBe(false);
  });
});
