import { afterEach, describe, expect, test } from '@jest/globals';
import { getDefaultHighWaterMark } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import { memoryLog, SseHub, SseStream } from 'nestjs-sse-hub';
import { usedMemory } from '../support/heap.js';
import { NumberReader } from '../support/number-reader.js';
import { platforms, type Platform } from '../support/platforms.js';
import { nameOfCase } from '../support/stream-server.js';
import { startApp, type RunningApp } from '../support/start-app.js';

const KIB = 1024;
const MIB = 1024 * KIB;

const SIZE = 16 * KIB;
const EVENTS = 2_048;
const TEXT = 'x'.repeat(SIZE);
const BURST = 4;

const STALLED = 32;
const LIVE = 2;

/**
 * What may be pending for a client that does not read: what a socket takes without saying that it is enough, and the one
 * write that comes then: the events of a turn, or a piece of 64 KiB of the log, whose last event may begin within it.
 * Over HTTP/1.1 that is framed, and each event has its id.
 */
const FRAMING = 2 * KIB;
const BOUND = getDefaultHighWaterMark(false) + Math.max(BURST * SIZE, 64 * KIB + SIZE) + FRAMING;

@Controller()
class News {
  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  news() {
    return this.hub.stream('news');
  }
}

const cases = platforms.flatMap((platform) =>
  [true, false].map((rawWrites) => ({
    name: nameOfCase(platform, rawWrites),
    platform,
    rawWrites,
  })),
);

const readers: NumberReader[] = [];

async function open({ origin }: RunningApp, platform: Platform, count: number): Promise<NumberReader[]> {
  const opened = [];
  for (let n = 0; n < count; n++) {
    const reader = await NumberReader.open(`${origin}/news`, platform.httpVersion);
    readers.push(reader);
    opened.push(reader);
  }
  return opened;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

/** The clients that do not read; those that came last are live. */
const inspectStalled = ({ hub }: RunningApp) => hub.inspect().streams.slice(0, STALLED);

describe.each(cases)(
  '32 clients that stop reading while 32 MiB of events flow ($name)',
  ({ platform, rawWrites }) => {
    // Here, so that they have left before the application waits for them.
    afterEach(() => {
      for (const reader of readers.splice(0)) reader.leave();
    });

    async function start(bytes: number) {
      const app = await startApp(platform, {
        controllers: [News],
        sse: {
          log: memoryLog({ retention: { bytes, count: EVENTS + 1 } }),
          rawWrites,
          stallTimeout: 0,
          heartbeat: false,
        },
      });
      const stalled = await open(app, platform, STALLED);
      const live = await open(app, platform, LIVE);
      for (const reader of live) reader.resume();
      return { app, stalled, live };
    }

    /** Publishes everything as fast as those take it who read; gives the most that was ever pending for one client. */
    async function flow({ app, live }: Awaited<ReturnType<typeof start>>) {
      let pending = 0;
      const held: (readonly (string | undefined)[])[] = [];
      for (let n = 0; n < EVENTS; n += BURST) {
        for (let item = n; item < n + BURST; item++)
          void app.hub.publish('news', { data: `${item} ${TEXT}` });
        await nextTurn();
        await Promise.all(live.map((reader) => reader.until(() => reader.seen.length > n - 4 * BURST)));
        for (const stream of app.hub.inspect().streams) pending = Math.max(pending, stream.pendingBytes);
        if (n === EVENTS / 2 || n === EVENTS - BURST)
          held.push(inspectStalled(app).map(({ position }) => position));
      }
      await Promise.all(live.map((reader) => reader.until(() => reader.last === EVENTS - 1)));
      return { pending, held };
    }

    test('have no more pending than a bound, each holds a position, and the live ones get everything', async () => {
      const started = await start(MIB);
      const memory = usedMemory();
      const { pending, held } = await flow(started);

      expect(pending).toBeGreaterThan(0);
      expect(pending).toBeLessThanOrEqual(BOUND);
      // The log, and for each client what is pending and what its own side holds: less than what has flowed once.
      expect(usedMemory() - memory).toBeLessThan((EVENTS * SIZE) / 2);
      expect(inspectStalled(started.app).map(({ isLagging }) => isLagging)).toEqual(
        Array(STALLED).fill(true),
      );
      // The same half of the way and at its end.
      expect(held[1]).toEqual(held[0]);
      for (const reader of started.live) expect(reader.seen).toEqual(numbers(0, EVENTS));
    });

    test('get what is retained, in order, after one gap, when they read again', async () => {
      const started = await start(MIB);
      await flow(started);
      const { app, stalled } = started;
      for (const reader of stalled) reader.resume();
      await Promise.all(stalled.map((reader) => reader.until(() => reader.last === EVENTS - 1)));

      for (const { seen } of stalled) {
        const gap = seen.findIndex((one) => typeof one !== 'number');
        const rest = seen.length - gap - 1;
        expect(seen[gap]).toMatchObject({ event: 'gap', data: expect.stringContaining('"reason":"lag"') });
        expect([...seen.slice(0, gap), ...seen.slice(gap + 1)]).toEqual([
          ...numbers(0, gap),
          ...numbers(EVENTS - rest, EVENTS),
        ]);
        expect(gap + rest).toBeLessThan(EVENTS);
        // What a log of 1 MiB has room for, but for what it needs itself.
        expect(rest).toBeGreaterThanOrEqual(MIB / SIZE - 2);
      }
      await app.hub.publish('news', { data: `${EVENTS}` });
      await Promise.all(readers.map((reader) => reader.until(() => reader.last === EVENTS)));
      expect(app.hub.stats().lagging).toBe(0);
    });

    test('get everything, in order and without a gap, when they read again and all is retained', async () => {
      const started = await start(64 * MIB);
      const { pending } = await flow(started);
      // 32 of them would be sent 1 GiB.
      const again = started.stalled.slice(0, 3);
      for (const reader of again) reader.resume();
      await Promise.all(again.map((reader) => reader.until(() => reader.last === EVENTS - 1)));

      for (const { seen } of [...again, ...started.live]) expect(seen).toEqual(numbers(0, EVENTS));
      expect(pending).toBeLessThanOrEqual(BOUND);
    });
  },
);
