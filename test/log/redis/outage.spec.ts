import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { SseHealthIndicator } from 'nestjs-sse-hub';
import { redisLog, type RedisLogOptions } from 'nestjs-sse-hub/redis';
import { TcpProxy } from '../../faults/tcp-proxy.js';
import { startRedis, type RedisServer } from '../../support/redis-server.js';
import { serveHub, topicsOf, type ServedHub } from '../../support/served-hub.js';
import { until } from '../../support/until.js';

let redis: RedisServer;

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await startRedis();
});

afterAll(async () => {
  Logger.overrideLogger(['fatal', 'error', 'warn', 'log']);
  await redis.stop();
});

interface Served extends ServedHub {
  readonly health: SseHealthIndicator;
}

async function serve(options: RedisLogOptions = { url: redis.url }): Promise<Served> {
  const log = redisLog({ prefix: randomUUID(), publishTimeout: 300, checkInterval: 50, ...options });
  const served = await serveHub({ log, heartbeat: { interval: 1_000 } }, (hub, request) => ({
    stream: hub.stream(topicsOf(request)),
  }));
  await served.hub.ready;
  return { ...served, health: new SseHealthIndicator(served.hub, log) };
}

async function isReady({ health }: Served): Promise<boolean> {
  return (await health.isReady()).sse.status === 'up';
}

const OUTAGES: [name: string, begin: () => Promise<void>, end: () => Promise<void>][] = [
  ['stands still', async () => redis.pause(), async () => redis.resume()],
  ['has ended', () => redis.kill(), () => redis.restart()],
  ['was killed', () => redis.kill('SIGKILL'), () => redis.restart()],
];

describe.each(OUTAGES)('While Redis %s', (_name, begin, end) => {
  test('streams stay open, a publish is told of it, and what is appended when it is back arrives', async () => {
    const served = await serve();
    const { hub, health, open } = served;
    const stream = await open('/?topic=a');
    await hub.publish('a', { data: 'before' });
    expect((await stream.nextEvent()).data).toBe('before');
    await begin();
    let ending: Promise<void> | undefined;
    const endOnce = () => (ending ??= end());
    try {
      const codes = ['LOG_UNAVAILABLE', 'OUTCOME_UNKNOWN'];
      const { code } = (await hub.publish('a', { data: 'lost' }).catch((error: unknown) => error)) as {
        code: string;
      };
      expect(codes).toContain(code);
      await until(async () => !(await isReady(served)));
      await expect(hub.publish('a', { data: 'lost too' })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
      expect(health.isLive().sse.status).toBe('up');
      const { length } = stream.text;
      await stream.until(() => stream.text.length > length);
      const late = await open('/?topic=a');
      await endOnce();
      await until(() => isReady(served));
      await until(async () => {
        const answer = await hub.publish('a', { data: 'after' }).catch(() => undefined);
        return answer !== undefined;
      });
      for (const each of [stream, late])
        await each.until(() => each.events.some(({ data }) => data === 'after'));
      expect(stream.events.filter(({ event }) => event === 'gap')).toEqual([]);
    } finally {
      await endOnce();
    }
  });

  test('a publish with an idempotency key that is tried again is there once', async () => {
    const { hub, open } = await serve();
    const stream = await open('/?topic=a');
    const options = { idempotencyKey: randomUUID() };
    await hub.publish('a', { data: 'one' }, options);
    await begin();
    await hub.publish('a', { data: 'one' }, options).catch(() => undefined);
    await end();
    await until(async () => {
      const answer = await hub.publish('a', { data: 'one' }, options).catch(() => undefined);
      return answer !== undefined;
    });
    await until(async () => {
      const answer = await hub.publish('a', { data: 'two' }).catch(() => undefined);
      return answer !== undefined;
    });
    expect(await stream.nextData(2)).toEqual(['one', 'two']);
  });
});

describe('A notification that is lost', () => {
  test('is found by looking at the end of the log, and nothing comes twice or in another place', async () => {
    const client = new Redis(redis.url, { lazyConnect: true });
    const { hub, open } = await serve({ client: losing(client, (message) => message % 5 < 2) });
    const stream = await open('/?topic=a&topic=b');
    const expected = Array.from({ length: 200 }, (_, number) => String(number));
    for (const data of expected) await hub.publish(Number(data) % 3 === 0 ? 'a' : 'b', { data });
    expect(await stream.nextData(200)).toEqual(expected);
    const [last] = await Promise.all([stream.nextEvent(), hub.publish('a', { data: 'last' })]);
    expect(last.data).toBe('last');
  });
});

/** Does not hear some messages, by their number. */
function losing(client: Redis, isLost: (message: number) => boolean): Redis {
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (...values) => {
    const made = duplicate(...values);
    const emit = made.emit.bind(made) as (...all: unknown[]) => boolean;
    let messages = 0;
    made.emit = (event, ...told) =>
      event === 'smessage' && isLost(messages++) ? true : emit(event, ...told);
    return made;
  };
  return client;
}

describe('A Redis that has no memory left', () => {
  beforeEach(async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  });

  test('has a publish rejected and health say so, and takes events again when there is room', async () => {
    const served = await serve();
    const { hub, open } = served;
    const stream = await open('/?topic=a');
    await hub.publish('a', { data: '1' });
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect(hub.publish('a', { data: '2' })).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      message: expect.stringContaining('OOM'),
    });
    expect(await isReady(served)).toBe(false);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    expect(await isReady(served)).toBe(true);
    await hub.publish('a', { data: '3' });
    expect(await stream.nextData(2)).toEqual(['1', '3']);
  });
});

describe('A server that has gone back', () => {
  test('to nothing has streams told of a gap, and go on with everything that is published since', async () => {
    const prefix = randomUUID();
    const nodes = await Promise.all([serve({ url: redis.url, prefix }), serve({ url: redis.url, prefix })]);
    const streams = await Promise.all(nodes.map(({ open }) => open('/?topic=a')));
    await nodes[0].hub.publish('a', { data: '1' });
    await Promise.all(streams.map((stream) => stream.nextEvent()));
    await redis.command('FLUSHALL');
    const published: string[] = [];
    for (const { hub } of nodes) published.push((await hub.publish('a', { data: '2' })).id);
    for (const stream of streams) {
      const gap = await stream.nextEvent();
      expect(gap).toMatchObject({ event: 'gap', data: expect.stringContaining('"epoch"') });
      expect((await stream.nextEvent()).id).toBe(published[0]);
      expect((await stream.nextEvent()).id).toBe(published[1]);
    }
  });

  test('to what it had once has the streams of all nodes told, and gives no offset twice', async () => {
    const server = await startRedis('--appendonly', 'no');
    try {
      const nodes = await Promise.all([
        serve({ url: server.url, prefix: 'p' }),
        serve({ url: server.url, prefix: 'p' }),
      ]);
      const streams = await Promise.all(nodes.map(({ open }) => open('/?topic=a')));
      await nodes[0].hub.publish('a', { data: 'kept' });
      await server.command('SAVE');
      await nodes[0].hub.publish('a', { data: 'lost' });
      for (const stream of streams) expect(await stream.nextData(2)).toEqual(['kept', 'lost']);
      await server.kill('SIGKILL');
      await server.restart();
      await until(async () => {
        const answer = await nodes[1].hub.publish('a', { data: 'new' }).catch(() => undefined);
        return answer !== undefined;
      });
      for (const stream of streams) {
        expect(await stream.nextEvent()).toMatchObject({ event: 'gap' });
        expect(await stream.nextEvent()).toMatchObject({ data: 'new' });
      }
      const resumed = await nodes[0].open('/?topic=a', { lastEventId: streams[0]!.events[1]!.id! });
      expect(await resumed.nextEvent()).toMatchObject({ event: 'gap' });
      expect(await resumed.nextEvent()).toMatchObject({ data: 'new' });
    } finally {
      await server.stop();
    }
  });

  test('is noticed by what a client comes back with, where all nodes that knew of it are gone', async () => {
    const server = await startRedis('--appendonly', 'no');
    try {
      const first = await serve({ url: server.url, prefix: 'p' });
      const stream = await first.open('/?topic=a');
      await first.hub.publish('a', { data: 'kept' });
      await server.command('SAVE');
      await first.hub.publish('a', { data: 'seen' });
      const [kept, seen] = [await stream.nextEvent(), await stream.nextEvent()];
      await first.hub.publish('b', { data: 'lost' });
      await first.hub.close();
      await server.kill('SIGKILL');
      await server.restart();
      const second = await serve({ url: server.url, prefix: 'p' });
      const other = await second.open('/?topic=a');
      await second.hub.publish('a', { data: 'new' });
      expect(await other.nextEvent()).toMatchObject({ data: 'new' });
      const honest = await second.open('/?topic=a', { lastEventId: kept.id! });
      expect(await honest.nextEvent()).toMatchObject({ data: 'new' });
      const resumed = await second.open('/?topic=a', { lastEventId: seen.id! });
      for (const told of [resumed, other, honest])
        expect(await told.nextEvent()).toMatchObject({
          event: 'gap',
          data: expect.stringContaining('"epoch"'),
        });
      expect(await resumed.nextEvent()).toMatchObject({ data: 'new' });
      await second.hub.publish('a', { data: 'more' });
      for (const told of [resumed, other, honest])
        expect(await told.nextEvent()).toMatchObject({ data: 'more' });
    } finally {
      await server.stop();
    }
  });

  test('behind which it had acknowledged something that nobody was told of yet has streams told too', async () => {
    const server = await startRedis('--appendonly', 'no');
    try {
      const deaf = losing(new Redis(server.url, { lazyConnect: true }), () => true);
      const { hub, open } = await serve({ client: deaf, checkInterval: 60_000 });
      const stream = await open('/?topic=a');
      await stream.untilText('id:');
      await server.command('SAVE');
      await hub.publish('a', { data: 'lost' });
      await server.kill('SIGKILL');
      await server.restart();
      expect(await stream.nextEvent()).toMatchObject({ event: 'gap' });
    } finally {
      await server.stop();
    }
  });

  test('and on from there before a node is back that had seen more tells that node too, once', async () => {
    const server = await startRedis('--appendonly', 'no');
    const way = await TcpProxy.start(server.port);
    try {
      const late = await serve({ url: `redis://127.0.0.1:${way.port}`, prefix: 'p' });
      const stream = await late.open('/?topic=a');
      await late.hub.publish('a', { data: 'kept' });
      await server.command('SAVE');
      await late.hub.publish('a', { data: 'lost' });
      expect(await stream.nextData(2)).toEqual(['kept', 'lost']);
      way.leadTo(1);
      way.cut();
      await server.kill('SIGKILL');
      await server.restart();
      const early = await serve({ url: server.url, prefix: 'p' });
      await early.hub.publish('a', { data: 'meanwhile' });
      const other = await early.open('/?topic=a');
      await other.untilText('id:');
      way.leadTo(server.port);
      expect(await stream.nextEvent()).toMatchObject({ event: 'gap' });
      expect(await stream.nextEvent()).toMatchObject({ data: 'meanwhile' });
      await until(() => isReady(late));
      await early.hub.publish('a', { data: 'after' });
      expect(await stream.nextEvent()).toMatchObject({ data: 'after' });
      expect(await other.nextEvent()).toMatchObject({ event: 'gap' });
      expect(await other.nextEvent()).toMatchObject({ data: 'after' });
    } finally {
      await way.close();
      await server.stop();
    }
  });
});
