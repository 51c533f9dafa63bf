import { createServer } from 'node:http2';
import { encodeTurn } from './encode-turn.mjs';
import { listen } from './listen.mjs';

/** node:http2 without a library: one shared buffer for each turn, written to every stream. */
export async function start() {
  const streams = new Set();
  const server = createServer();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
    streams.add(stream);
    stream.on('close', () => streams.delete(stream));
    // Whoever closes the connection ends its streams with an error.
    stream.on('error', () => undefined);
  });
  return {
    port: await listen(server),
    publish: (events) => {
      const run = encodeTurn(events);
      for (const stream of streams) stream.write(run);
    },
  };
}
