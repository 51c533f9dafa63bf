import { afterEach, describe, expect, test } from '@jest/globals';
import { Controller, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  memoryLog,
  SseHub,
  SseModule,
  SseStream,
  type HubStream,
  type SseModuleOptions,
} from 'nestjs-sse-hub';
import { openStream, TestClock } from 'nestjs-sse-hub/testing';
import { interval, map } from 'rxjs';

@Controller()
class Streams {
  constructor(private readonly hub: SseHub) {}

  @SseStream('prices')
  prices(): HubStream {
    return this.hub.stream('prices');
  }

  @SseStream('ticks')
  ticks() {
    return interval(1_000).pipe(map((n) => ({ id: String(n), data: n })));
  }
}

let installed: TestClock | undefined;
afterEach(() => installed?.uninstall());

async function installClock(options?: { now: number | Date }): Promise<TestClock> {
  return (installed = await TestClock.install(options));
}

describe('a clock that a test advances', () => {
  const adapters = [
    ['Express', () => new ExpressAdapter()],
    ['Fastify', () => new FastifyAdapter()],
  ] as const;

  async function start(
    options: SseModuleOptions = {},
    makeAdapter: () => ExpressAdapter | FastifyAdapter = adapters[0][1],
  ) {
    const clock = await installClock();
    const testing = await Test.createTestingModule({
      imports: [SseModule.forRoot(options)],
      controllers: [Streams],
    }).compile();
    const app: INestApplication = testing.createNestApplication(makeAdapter());
    return { app, clock, hub: app.get(SseHub) };
  }

  test.each(adapters)('lets heartbeats and their idle timeout come on %s', async (_name, makeAdapter) => {
    const { app, clock } = await start({ heartbeat: { interval: 10_000 } }, makeAdapter);
    const stream = await openStream(app, '/prices', { idleTimeout: 25_000 });
    await clock.advance(300_000);
    expect(stream.head).toMatchObject({ status: 200 });
    await app.get(SseHub).publish('prices', { data: 'still here' });
    expect(await stream.take(1)).toMatchObject([{ data: 'still here' }]);
    stream.close();
    await app.close();
  });

  test('shows what a stream without heartbeats is taken for', async () => {
    const { app, clock } = await start({ heartbeat: { interval: 0 } });
    const stream = await openStream(app, '/prices', { idleTimeout: 25_000 });
    const taken = stream.take(1);
    await Promise.all([expect(taken).rejects.toMatchObject({ code: 'TIMEOUT' }), clock.advance(25_000)]);
    await app.close();
  });

  test('has what is due come in its order, and nothing else', async () => {
    const { app, clock } = await start();
    const stream = await openStream(app, '/ticks');
    await clock.advance(3_500);
    expect(await stream.take(3)).toMatchObject([{ data: '0' }, { data: '1' }, { data: '2' }]);
    const other = await openStream(app, '/ticks', { patience: 50 });
    await expect(other.take(1)).rejects.toThrow('has not come within 50 ms');
    other.close();
    await clock.advance(500);
    expect(await stream.take(1)).toMatchObject([{ data: '3' }]);
    stream.close();
    await app.close();
  });

  test('runs what becomes due at the very end', async () => {
    const clock = await installClock({ now: new Date('2030-01-01') });
    const seen: string[] = [];
    setTimeout(() => {
      seen.push('first');
      setTimeout(() => seen.push('second'), 400);
      setTimeout(() => seen.push('later'), 401);
    }, 600);
    const before = performance.now();
    await clock.advance(1_000);
    expect(seen).toEqual(['first', 'second']);
    expect(new Date().toISOString()).toBe('2030-01-01T00:00:01.000Z');
    expect(clock.now).toBe(Date.now());
    expect(performance.now() - before).toBe(1_000);
    expect(performance.timeOrigin + performance.now()).toBe(Date.now());
  });

  test('ages the history', async () => {
    const { app, clock, hub } = await start({ log: memoryLog({ retention: { age: 60_000 } }) });
    await hub.publish('prices', { data: 'old' });
    const stream = await openStream(app, '/prices');
    await hub.publish('prices', { data: 'before the cut' });
    await stream.take(1);
    stream.cut();
    await hub.publish('prices', { data: 'missed' });
    await clock.advance(120_000);
    await hub.publish('prices', { data: 'new' });
    await stream.resume();
    expect((await stream.take(1)).map(({ data }) => data)).toEqual(['new']);
    expect(stream.gaps).toMatchObject([{ reason: 'evicted' }]);
    stream.close();
    await app.close();
  });

  test('ends streams over their window when the application closes', async () => {
    const { app, clock } = await start({ drainWindow: 4_000, drainTimeout: 10_000 });
    const streams = [await openStream(app, '/prices'), await openStream(app, '/prices')];
    const closed = app.close();
    await clock.advance(4_000);
    for (const stream of streams) expect(await stream.ended()).toEqual([]);
    await clock.advance(10_000);
    await closed;
  });

  test('gives the machine its time back', async () => {
    const clock = await installClock({ now: 0 });
    expect(Date.now()).toBe(0);
    clock.uninstall();
    expect(Date.now()).toBeGreaterThan(1_700_000_000_000);
    await new Promise((resolve) => setTimeout(resolve, 1));
  });

  test('refuses a time that no timer takes', async () => {
    const clock = await installClock();
    await expect(clock.advance(-1)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(clock.advance(2 ** 31)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
