import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SseHub } from 'nestjs-sse-hub';
import { redisLog } from 'nestjs-sse-hub/redis';

/** A node of its own process; `?topic=` names what a stream follows. */
const { PORT, REDIS_URL = '', PREFIX = '' } = process.env;

const hub = new SseHub({ log: redisLog({ url: REDIS_URL, prefix: PREFIX, presenceTimeout: 1_000 }) });
const server = createServer((request, response) => {
  const topics = new URL(request.url!, 'http://localhost').searchParams.getAll('topic');
  hub.open(request, response, { stream: hub.stream(topics) });
});
await hub.ready;
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log('Listening on', (server.address() as AddressInfo).port);
});
