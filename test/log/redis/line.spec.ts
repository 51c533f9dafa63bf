import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { SseHub } from 'nestjs-sse-hub';
import { redisLog, type RedisLogOptions } from 'nestjs-sse-hub/redis';
import { createClient } from 'redis';
import { TcpProxy } from '../../faults/tcp-proxy.js';
import { startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function start() {
  const server = await startRedis();
  endings.push(() => server.stop());
  return server;
}

async function open(options: RedisLogOptions): Promise<SseHub> {
  const hub = new SseHub({ log: redisLog({ publishTimeout: 500, checkInterval: 50, ...options }) });
  endings.push(() => hub.close());
  await hub.ready;
  return hub;
}

describe('The connections of the Redis log', () => {
  test.each([
    ['redis', (url: string) => createClient({ url })],
    ['ioredis', (url: string) => new Redis(url, { lazyConnect: true })],
  ])(
    'are made to another server when one takes them and does not answer (%s)',
    async (_package, toClient) => {
      const [frozen, other] = await Promise.all([start(), start()]);
      const way = await TcpProxy.start(frozen.port);
      endings.push(() => way.close());
      const hub = await open({ client: toClient(`redis://127.0.0.1:${way.port}`) });
      frozen.pause();
      way.cut();
      // It comes back to the one that stands still.
      await until(() => way.count === 0);
      await until(() => way.count > 0);
      way.leadTo(other.port);
      await until(async () => {
        const published = await hub.publish('a', { data: 1 }).catch(() => undefined);
        return published !== undefined;
      });
      expect(await other.command('KEYS', '*')).toContain('e:t:a');
    },
  );

  test('stay where nothing is published', async () => {
    const server = await start();
    const hub = await open({ url: server.url });
    await hub.publish('a', { data: 1 });
    await hub.close();
    const idle = await open({ url: server.url });
    const looks = async () =>
      Number(/evalsha:calls=(\d+)/.exec(await server.command('INFO', 'commandstats'))![1]);
    const made = async () =>
      Number(/connections_received:(\d+)/.exec(await server.command('INFO', 'stats'))![1]);
    const listening = async () => (await server.command('PUBSUB', 'SHARDCHANNELS')).includes('tail');
    await until(listening);
    // Each command is a connection of its own.
    let commands = 2;
    const before = await made();
    const from = await looks();
    do commands++;
    while ((await looks()) < from + 20);
    expect((await made()) - before).toBe(commands);
    await idle.close();
  });
});
