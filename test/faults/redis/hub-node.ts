import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Cluster } from 'ioredis';
import { SseError, SseHub } from 'nestjs-sse-hub';
import { redisLog, type RedisLogOptions } from 'nestjs-sse-hub/redis';
import { createCluster } from 'redis';

/**
 * One node of an application: a hub whose log is in Redis. `GET /?topics=1,2` is a stream, from the
 * oldest event on with `&earliest`, `POST /` publishes
 * `{ topics, data, key }`, `GET /memory` says how much of it is used.
 */
const { PORT, REDIS = '[]', CLIENT = 'url', RETENTION_COUNT = '1000000' } = process.env;

interface Publish {
  readonly topics: string[];
  readonly data: string;
  readonly key: string;
}

const urls = JSON.parse(REDIS) as string[];

async function source(): Promise<Pick<RedisLogOptions, 'client' | 'url'>> {
  if (CLIENT === 'url') return { url: urls.length === 1 ? urls[0]! : urls };
  if (CLIENT === 'ioredis-cluster') {
    const client = new Cluster(urls, { clusterRetryStrategy: () => 100 });
    client.on('error', () => undefined);
    return { client };
  }
  const client = createCluster({ rootNodes: urls.map((url) => ({ url })) });
  client.on('error', () => undefined);
  await client.connect();
  return { client };
}

const log = redisLog({
  ...(await source()),
  retention: { count: Number(RETENTION_COUNT), age: 3_600_000, bytes: Infinity },
  totalBytes: Infinity,
  publishTimeout: 2_000,
});
const hub = new SseHub({ log, heartbeat: { interval: 1_000 }, retry: false, drainWindow: 0 });

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === '/memory') {
    globalThis.gc?.();
    response.end(JSON.stringify(process.memoryUsage()));
  } else if (request.method === 'POST') await publish(JSON.parse(await text(request)) as Publish, response);
  else {
    const { searchParams } = new URL(request.url!, 'http://localhost');
    const start = searchParams.has('earliest') ? 'earliest' : 'tail';
    hub.open(request, response, { stream: hub.stream(searchParams.get('topics')!.split(','), { start }) });
  }
}

async function publish({ topics, data, key }: Publish, response: ServerResponse): Promise<void> {
  try {
    const { id } = await hub.publish(topics, { data }, { idempotencyKey: key });
    response.end(id);
  } catch (error) {
    response.writeHead(503).end(error instanceof SseError ? error.code : String(error));
  }
}

const server = createServer((request, response) => {
  // Whoever has gone need not be answered.
  serve(request, response).catch(() => response.destroy());
});
await hub.ready;
server.listen({ port: Number(PORT), host: '127.0.0.1', backlog: 4_096 }, () => {
  console.log('Listening on', (server.address() as AddressInfo).port);
});
