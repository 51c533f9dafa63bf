import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { memoryLog, SseHealthIndicator, SseHub, type EventLog } from 'nestjs-sse-hub';
import { LogReader } from '../../lib/hub/log-reader.js';
import { resolveLimits } from '../../lib/options/limit-options.js';
import { serveHub } from '../support/served-hub.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const never = () => new Promise<never>(() => undefined);

/** A memory log some of whose answers are others. */
function logWith(answers: Partial<EventLog>): EventLog {
  return Object.assign(memoryLog(), answers);
}

/** A memory log that takes its time to say where its end is. */
function logWithSlowEnd(): EventLog {
  const log = memoryLog();
  const end = log.end.bind(log);
  const slow = async () => {
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    return end();
  };
  return Object.assign(log, { end: slow });
}

function fakeTime(): void {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
}

afterEach(() => {
  jest.useRealTimers();
});

describe('An answer of the log that is lost', () => {
  test('keeps those who come later from theirs for a while only', async () => {
    fakeTime();
    const answers = [never, async () => Promise.resolve(7)];
    const log = logWith({ end: () => answers.shift()!() });
    const reader = new LogReader(log, resolveLimits({}));
    void reader.end({});
    const later = reader.end({});
    expect(answers).toHaveLength(1);
    jest.advanceTimersByTime(10_000);
    expect(await later).toBe(7);
  });

  test('gives its place among the questions at once back', async () => {
    fakeTime();
    const log = logWith({
      end: never,
      locate: async () => Promise.resolve({ after: 5, forgiven: new Map(), lost: undefined }),
    });
    const reader = new LogReader(log, resolveLimits({ concurrentReads: 1 }));
    void reader.end({});
    const located = reader.locate(['t:a'], 'earliest', {});
    jest.advanceTimersByTime(10_000);
    expect(await located).toMatchObject({ after: 5 });
  });

  test('of its health does not keep it from being asked again', async () => {
    fakeTime();
    let asked = 0;
    const health = async () => (++asked === 1 ? never() : Promise.resolve());
    const log = logWith({ health });
    const hub = new SseHub({ log });
    await hub.ready;
    const sse = new SseHealthIndicator(hub, log);
    await nextTurn();
    const first = sse.isReady();
    await nextTurn();
    jest.advanceTimersByTime(30_000);
    expect(await first).toMatchObject({ sse: { status: 'down' } });
    expect(await sse.isReady()).toMatchObject({ sse: { status: 'up' } });
  });
});

describe('A hub that closes', () => {
  test('does not wait for ever for a log that does not close, and tells of it', async () => {
    const errors: unknown[] = [];
    const hub = new SseHub({
      log: logWith({ close: never }),
      drainTimeout: 0,
      onError: (error) => errors.push(error),
    });
    await hub.ready;
    await hub.close();
    expect(errors).toMatchObject([{ code: 'HUB_CLOSED', message: 'the log has not closed in time' }]);
  });

  test('is told of a log that fails to close', async () => {
    const hub = new SseHub({ log: logWith({ close: async () => Promise.reject(new Error('disk full')) }) });
    await hub.ready;
    await expect(hub.close()).rejects.toThrow('disk full');
  });
});

describe('Topics that are subscribed to with a log that answers later', () => {
  test('are followed from where the subscription is done', async () => {
    const { hub, open, connection } = await serveHub({ log: logWithSlowEnd() }, () => ({}));
    const stream = await open('/');
    await connection().subscribe('a');
    await hub.publish('a', { data: 'first' });
    expect((await stream.nextEvent()).data).toBe('first');
  });
});
