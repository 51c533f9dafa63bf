import { expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { memoryLog, SseHub, SseStream } from 'nestjs-sse-hub';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

const TEXT = 'x'.repeat(16 * 1024);
const EVENTS = 1_000;

@Controller()
class News {
  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  news() {
    return this.hub.stream('news');
  }
}

describeOnEachPlatform('a hub stream whose client does not read', (platform) => {
  const start = (bytes: number) =>
    startApp(platform, {
      controllers: [News],
      sse: { log: memoryLog({ retention: { bytes, count: 10_000 } }) },
    });

  test('gets everything in order, and once, when it reads again', async () => {
    const app = await start(64 * 1024 * 1024);
    const stream = await app.open('/news', { paused: true });
    for (let n = 0; n < EVENTS; n++) await app.hub.publish('news', { data: `${n} ${TEXT}` });
    stream.resume();
    await stream.until(() => stream.events.length >= EVENTS);
    const numbers = stream.events.map(({ data }) => parseInt(data, 10));
    expect(numbers).toEqual(Array.from({ length: EVENTS }, (_, n) => n));
  });

  test('is told of a gap when retention has overtaken it', async () => {
    const app = await start(1024 * 1024);
    const stream = await app.open('/news', { paused: true });
    for (let n = 0; n < EVENTS; n++) {
      await app.hub.publish('news', { data: `${n} ${TEXT}` });
      await nextTurn();
    }
    const { id } = await app.hub.publish('news', { data: 'last' });
    stream.resume();
    await stream.until(() => stream.events.at(-1)?.id === id);
    const gaps = stream.events.filter(({ event }) => event === 'gap');
    expect(gaps.map(({ data }) => JSON.parse(data) as object)).toEqual([{ reason: 'lag' }]);
    const numbers = stream.events
      .filter(({ event }) => event === undefined)
      .map(({ data }) => parseInt(data, 10));
    const received = numbers.slice(0, -1);
    expect(received).toEqual([...new Set(received)].toSorted((one, other) => one - other));
    expect(received.length).toBeLessThan(EVENTS);
    expect(received.at(-1)).toBe(EVENTS - 1);
  });

  test('delays nobody else', async () => {
    const app = await start(64 * 1024 * 1024);
    await app.open('/news', { paused: true });
    const other = await app.open('/news');
    for (let n = 0; n < EVENTS; n++) void app.hub.publish('news', { data: `${n} ${TEXT}` });
    await other.until(() => other.events.length >= EVENTS);
    expect(app.hub.connectionCount).toBe(2);
  });
});
