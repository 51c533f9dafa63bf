import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { memoryLog, SseHealthIndicator, SseHub, type EventLog, type ReadinessOptions } from 'nestjs-sse-hub';
import { firstValueFrom, Subject } from 'rxjs';
import { serveHub } from '../support/served-hub.js';

const SECRET = 'redis://user:hunter2@10.0.0.1';

const logged: unknown[] = [];

beforeEach(() => {
  logged.length = 0;
  Logger.overrideLogger({ log: () => {}, warn: () => {}, error: (error: unknown) => logged.push(error) });
});

afterEach(() => {
  jest.useRealTimers();
  Logger.overrideLogger(['fatal', 'error', 'warn', 'log']);
});

/** A hub with a log that says how it is, and its indicator. */
function withHealth(health: EventLog['health'], more: Partial<EventLog> = {}) {
  const log: EventLog = Object.assign(memoryLog(), { health, ...more });
  const hub = new SseHub({ log });
  return { hub, log, sse: new SseHealthIndicator(hub, log) };
}

describe('isReady()', () => {
  test('is up when the log is open', async () => {
    const hub = new SseHub();
    const sse = new SseHealthIndicator(hub);
    await hub.ready;
    expect(await sse.isReady()).toEqual({ sse: { status: 'up', streams: 0, draining: false } });
  });

  test('tells under the key that it is given', async () => {
    const hub = new SseHub();
    const sse = new SseHealthIndicator(hub);
    await hub.ready;
    expect(Object.keys(await sse.isReady('news'))).toEqual(['news']);
  });

  test('counts the open streams of this node', async () => {
    const { hub, open } = await serveHub({}, (served) => ({ stream: served.stream('a') }));
    const sse = new SseHealthIndicator(hub);
    for (const path of ['/', '/']) await (await open(path)).untilText('id:');
    expect(await sse.isReady()).toMatchObject({ sse: { streams: 2 } });
  });

  test('is down at once while the log is being opened, and up afterwards', async () => {
    const opened = new Subject<number>();
    const { hub, sse } = withHealth(undefined, { open: () => firstValueFrom(opened) });
    expect(await sse.isReady()).toMatchObject({
      sse: { status: 'down', message: 'the log is not open yet' },
    });
    opened.next(0);
    await hub.ready;
    expect(await sse.isReady()).toMatchObject({ sse: { status: 'up' } });
  });

  test('asks nothing of a log that is not open', async () => {
    const health = jest.fn(() => Promise.resolve());
    const { sse } = withHealth(health, { open: () => new Promise(() => undefined) });
    expect(await sse.isReady()).toMatchObject({ sse: { status: 'down' } });
    expect(health).not.toHaveBeenCalled();
  });

  test('is down when the log could not be opened', async () => {
    const { hub, sse } = withHealth(undefined, { open: () => Promise.reject(new Error(SECRET)) });
    await expect(hub.ready).rejects.toThrow(SECRET);
    expect(await sse.isReady()).toEqual({
      sse: { status: 'down', streams: 0, draining: false, message: 'the log could not be opened' },
    });
  });

  test.each([
    ['rejects', () => Promise.reject(new Error(SECRET))],
    [
      'throws',
      () => {
        throw new Error(SECRET);
      },
    ],
  ])('is down when the health of the log %s, and does not show what it has said', async (_how, health) => {
    const { hub, sse } = withHealth(health);
    await hub.ready;
    expect(await sse.isReady()).toEqual({
      sse: { status: 'down', streams: 0, draining: false, message: 'the log cannot take events' },
    });
  });

  test('tells the logger what the log has said, once for as long as it says the same', async () => {
    const { hub, sse, log } = withHealth(() => Promise.reject(new Error('disk full')));
    const { health } = log;
    await hub.ready;
    for (let probe = 0; probe < 3; probe++) await sse.isReady();
    expect(logged).toEqual([expect.objectContaining({ message: 'disk full' })]);
    log.health = () => Promise.resolve();
    await sse.isReady();
    log.health = health!;
    await sse.isReady();
    expect(logged).toHaveLength(2);
  });

  test('is up again when the log is', async () => {
    const { hub, sse, log } = withHealth(() => Promise.reject(new Error('away')));
    await hub.ready;
    expect(await sse.isReady()).toMatchObject({ sse: { status: 'down' } });
    log.health = () => Promise.resolve();
    expect(await sse.isReady()).toMatchObject({ sse: { status: 'up' } });
  });

  test.each<[string, ReadinessOptions | undefined, number]>([
    ['a second, if not told otherwise', undefined, 1_000],
    ['its timeout', { timeout: 200 }, 200],
  ])('is down when the log has not answered within %s', async (_what, options, after) => {
    const { hub, sse } = withHealth(() => new Promise(() => undefined));
    await hub.ready;
    jest.useFakeTimers();
    let result: unknown;
    const asked = sse.isReady('sse', options).then((answer) => (result = answer));
    await jest.advanceTimersByTimeAsync(after - 1);
    expect(result).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1);
    await asked;
    expect(result).toMatchObject({
      sse: { status: 'down', message: `the log has not answered within ${after} ms` },
    });
  });

  test('asks a log that does not answer no further question', async () => {
    const health = jest.fn<() => Promise<void>>(() => new Promise(() => undefined));
    const { hub, sse } = withHealth(health);
    await hub.ready;
    jest.useFakeTimers();
    const asked = Array.from({ length: 10 }, () => sse.isReady());
    await jest.advanceTimersByTimeAsync(1_000);
    await Promise.all(asked);
    expect(health).toHaveBeenCalledTimes(1);
  });

  test('leaves no timer behind', async () => {
    const { hub, sse } = withHealth(() => Promise.resolve());
    await hub.ready;
    jest.useFakeTimers();
    await sse.isReady();
    expect(jest.getTimerCount()).toBe(0);
  });

  test('is down while the hub drains, and when it is closed', async () => {
    const { hub, open } = await serveHub({}, (served) => ({ stream: served.stream('a') }));
    const sse = new SseHealthIndicator(hub);
    await (await open('/')).untilText('id:');
    const closed = hub.close();
    await Promise.resolve();
    await Promise.resolve();
    const down = { status: 'down', draining: true, message: 'the hub drains its streams, or is closed' };
    expect(await sse.isReady()).toMatchObject({ sse: down });
    await closed;
    expect(await sse.isReady()).toEqual({ sse: { ...down, streams: 0 } });
  });

  test('is down when the hub begins to drain before the log has answered', async () => {
    const answer = new Subject<void>();
    const { hub, sse } = withHealth(() => firstValueFrom(answer));
    await hub.ready;
    const asked = sse.isReady();
    await hub.close();
    answer.next();
    expect(await asked).toMatchObject({ sse: { status: 'down', draining: true } });
  });

  test.each([{ timeout: 0 }, { timeout: '1s' }, { wait: 1 }])(
    'rejects with INVALID_OPTION for %p',
    async (options) => {
      const sse = new SseHealthIndicator(new SseHub());
      await expect(sse.isReady('sse', options as ReadinessOptions)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    },
  );
});

describe('isLive()', () => {
  const up = { status: 'up', streams: 0 };

  test('is up before the log is open', () => {
    const { sse } = withHealth(undefined, { open: () => new Promise(() => undefined) });
    expect(sse.isLive()).toEqual({ sse: { ...up, draining: false } });
  });

  test('is up when the log is away', async () => {
    const { hub, sse } = withHealth(() => Promise.reject(new Error('away')));
    await hub.ready;
    expect(sse.isLive()).toEqual({ sse: { ...up, draining: false } });
  });

  test('is up while the hub drains, and when it is closed', async () => {
    const hub = new SseHub();
    const sse = new SseHealthIndicator(hub);
    await hub.close();
    expect(sse.isLive('news')).toEqual({ news: { ...up, draining: true } });
  });
});
