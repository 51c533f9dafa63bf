import { createServer } from 'node:http';
import { encodeTurn } from './encode-turn.mjs';
import { listen } from './listen.mjs';

/** The floor: node:http writes the head, and one chunk for each turn, framed once, goes to every socket. */
export async function start() {
  const sockets = new Set();
  const server = createServer((_request, response) => {
    sockets.add(openChunked(response));
    response.socket.on('close', function () {
      sockets.delete(this);
    });
  });
  return {
    port: await listen(server),
    publish: (events) => {
      const chunk = toChunk(encodeTurn(events));
      for (const socket of sockets) socket.write(chunk);
    },
  };
}

/** Sends the head of an event stream; answers the socket, which takes framed chunks from now on. */
export function openChunked(response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Transfer-Encoding': 'chunked' });
  response.flushHeaders();
  return response.socket;
}

/** RFC 9112 7.1. */
export function toChunk(bytes) {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}
