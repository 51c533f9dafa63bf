import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { SseHub } from 'nestjs-sse-hub';
import { redisLog, type RedisLogOptions } from 'nestjs-sse-hub/redis';
import { createClient } from 'redis';
import { codeBlock } from '../../support/documents.js';
import { startRedis, type RedisServer } from '../../support/redis-server.js';
import { serveHub, topicsOf } from '../../support/served-hub.js';
import { until } from '../../support/until.js';

/** The rules that docs/scaling.md says suffice. */
const RULES = codeBlock('docs/scaling.md', 'Rights', 'text')
  .trim()
  .split(/\s+/)
  .slice('ACL SETUSER sse on >password'.split(' ').length);

let redis: RedisServer;
const hubs: SseHub[] = [];

beforeAll(async () => {
  redis = await startRedis();
});

afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close();
});

afterAll(async () => {
  await redis.stop();
});

/** A hub that is not opened yet. */
function hubOf(options: RedisLogOptions): SseHub {
  const hub = new SseHub({ log: redisLog({ publishTimeout: 500, checkInterval: 50, ...options }) });
  hubs.push(hub);
  return hub;
}

/** Uses everything of the log that commands are needed for. */
async function useAll(options: RedisLogOptions): Promise<string[]> {
  const retention = { count: 5, age: 1_000 };
  const log = redisLog({
    publishTimeout: 500,
    checkInterval: 50,
    presenceTimeout: 400,
    retention,
    ...options,
  });
  const { hub, open } = await serveHub({ log }, (served, request) => ({
    stream: served.stream(topicsOf(request), { user: 'ann', start: { last: 2 } }),
  }));
  await hub.ready;
  const stream = await open('/?topic=a&topic=b');
  await until(async () => (await hub.presence('a')).length === 1);
  for (let number = 0; number < 100; number++) {
    const event = { data: String(number), id: `own-${number}` };
    await hub.publish(number % 10 === 0 ? ['a', 'b'] : 'a', event, { idempotencyKey: randomUUID() });
  }
  await hub.sendTo('ann', { data: 'private' });
  await hub.broadcast({ data: 'all' });
  const data = await stream.nextData(102);
  await open('/?topic=a', { lastEventId: 'own-99' });
  stream.leave();
  await until(async () => (await hub.presence('b')).length === 0);
  return data;
}

async function addUser(name: string, ...rules: string[]): Promise<void> {
  await redis.command('ACL', 'SETUSER', name, 'on', '>secret', ...rules);
}

function urlOf(user: string, password = 'secret'): string {
  return `redis://${user}:${password}@127.0.0.1:${redis.port}`;
}

describe('A user of Redis', () => {
  test('needs no right but to the keys and channels of the prefix, and the commands of the log', async () => {
    await addUser('narrow', ...RULES);
    expect(await useAll({ url: urlOf('narrow'), prefix: 'sse' })).toHaveLength(102);
    expect(await redis.command('ACL', 'LOG')).not.toContain('narrow');
  });

  test.each([
    ['keys', '&*', '+@all'],
    ['channels', 'resetchannels', '~*', '+@all'],
    ['scripts', '~*', '&*', '-@all', '+hget'],
  ])('without a right to the %s is told so when the log is opened', async (_what, ...rules) => {
    const user = `no-${randomUUID()}`;
    await addUser(user, ...rules);
    const { ready } = hubOf({ url: urlOf(user) });
    await expect(ready).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringMatching(/NOPERM/),
    });
  });

  test.each([
    ['redis', (url: string): RedisLogOptions => ({ url })],
    ['a client of redis', (url: string): RedisLogOptions => ({ client: createClient({ url }) })],
    ['ioredis', (url: string): RedisLogOptions => ({ client: new Redis(url, { lazyConnect: true }) })],
  ])('with a wrong password is told so when the log is opened (%s)', async (_package, toOptions) => {
    const { ready } = hubOf(toOptions(urlOf('default-user', 'wrong')));
    await expect(ready).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringContaining('WRONGPASS'),
    });
  });
});

describe('Hubs that share a Redis', () => {
  test('see nothing of each other, and touch nothing outside of their prefix', async () => {
    await redis.command('FLUSHALL');
    await redis.command('SET', 'sse:meta', 'of somebody else');
    const [one, other] = await Promise.all([
      useAll({ url: redis.url, prefix: 'one' }),
      useAll({ url: redis.url, prefix: 'one:other' }),
    ]);
    expect(one).toEqual(other);
    const keys = (await redis.command('KEYS', '*')).trim().split('\n');
    expect(keys.filter((key) => !key.startsWith('{one}:') && !key.startsWith('{one:other}:'))).toEqual([
      'sse:meta',
    ]);
    expect((await redis.command('GET', 'sse:meta')).trim()).toBe('of somebody else');
  });

  test('leave the keys of a topic to expire, and take away what is too old and too much', async () => {
    await redis.command('FLUSHALL');
    const hub = hubOf({ url: redis.url, prefix: 'p', retention: { count: 10, age: 500 } });
    for (let number = 0; number < 100; number++) await hub.publish('a', { data: number });
    expect(Number(await redis.command('LLEN', '{p}:e:t:a'))).toBeLessThan(20);
    expect(Number(await redis.command('PTTL', '{p}:e:t:a'))).toBeGreaterThan(0);
    expect(Number(await redis.command('PTTL', '{p}:meta'))).toBeGreaterThan(0);
    await until(async () => Number(await redis.command('EXISTS', '{p}:e:t:a')) === 0);
    expect((await redis.command('HKEYS', '{p}:topics')).trim()).toBe('');
  });
});
