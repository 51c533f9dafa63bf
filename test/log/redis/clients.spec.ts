import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { redisLog, type RedisLogOptions } from 'nestjs-sse-hub/redis';
import { createClient } from 'redis';
import { createClient as createClientOf5 } from 'redis-5';
import { startRedis, type RedisServer } from '../../support/redis-server.js';
import { serveHub, topicsOf } from '../../support/served-hub.js';
import { until } from '../../support/until.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(async () => {
  await redis.stop();
});

const CLIENTS: [name: string, make: (url: string) => RedisLogOptions][] = [
  ['an address', (url) => ({ url })],
  ['redis 6', (url) => ({ client: createClient({ url }) })],
  ['redis 6 with RESP 2', (url) => ({ client: createClient({ url, RESP: 2 }) })],
  ['redis 5', (url) => ({ client: createClientOf5({ url }) })],
  ['redis 5 with RESP 3', (url) => ({ client: createClientOf5({ url, RESP: 3 }) })],
  ['ioredis', (url) => ({ client: new Redis(url, { lazyConnect: true }) })],
  [
    'ioredis with a prefix of its own',
    (url) => ({ client: new Redis(url, { lazyConnect: true, keyPrefix: 'p:' }) }),
  ],
];

describe.each(CLIENTS)('A log that is given %s', (name, make) => {
  test('publishes, tells, reads again and goes on when its connections are cut', async () => {
    const log = redisLog({ ...make(redis.url), prefix: name.replaceAll(' ', '-'), checkInterval: 50 });
    const { hub, open } = await serveHub({ log }, (served, request) => ({
      stream: served.stream(topicsOf(request)),
    }));
    const stream = await open('/?topic=a');
    const { id } = await hub.publish('a', { data: 'one' });
    await hub.publish('a', { data: 'two €' });
    expect(await stream.nextData(2)).toEqual(['one', 'two €']);
    for (const type of ['normal', 'pubsub']) await redis.command('CLIENT', 'KILL', 'TYPE', type);
    const options = { idempotencyKey: 'three' };
    await until(async () => {
      const answer = await hub.publish('a', { data: 'three' }, options).catch(() => undefined);
      return answer !== undefined;
    });
    expect(await stream.nextData(1)).toEqual(['three']);
    const resumed = await open('/?topic=a', { lastEventId: id });
    expect(await resumed.nextData(2)).toEqual(['two €', 'three']);
  });
});
