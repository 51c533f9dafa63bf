import { afterEach, expect, test } from '@jest/globals';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Controller } from '@nestjs/common';
import {
  CurrentConnection,
  memoryLog,
  SseHub,
  SseStream,
  type ConnectionEvent,
  type SseConnection,
} from 'nestjs-sse-hub';
import { filter, firstValueFrom, interval, map } from 'rxjs';
import { createClient, type Client } from '../support/client.js';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp, type RunningApp } from '../support/start-app.js';

const STALL = 300;
const ITEM = 'x'.repeat(32 * 1024);
// More than the system keeps for a client that does not read.
const ITEMS = 1_000;

@Controller()
class Streams {
  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  news() {
    return this.hub.stream('news');
  }

  @SseStream('quiet', { heartbeat: { interval: 100, event: 'beat' } })
  quiet() {
    return this.hub.stream('quiet');
  }

  @SseStream('patient', { stallTimeout: 0 })
  patient() {
    return this.hub.stream('news');
  }

  @SseStream('items')
  async items(@CurrentConnection() connection: SseConnection) {
    for (let n = 0; n < ITEMS; n++) await connection.send({ data: `${n} ${ITEM}` });
    connection.close();
  }

  @SseStream('ticks')
  ticks() {
    return interval(20).pipe(map((n) => ({ data: `${n}` })));
  }
}

describeOnEachPlatform('A client that does not take what is pending for it', (platform) => {
  const clients: Client[] = [];

  // Here, so that they are closed before the application.
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  const start = () =>
    startApp(platform, {
      controllers: [Streams],
      sse: {
        log: memoryLog({ retention: { count: 10_000, bytes: 64 * 1024 * 1024 } }),
        stallTimeout: STALL,
        heartbeat: false,
      },
    });

  // HTTP/2 would have the streams of one session wait for each other.
  const newClient = ({ origin }: RunningApp): Client => {
    const client = createClient(origin, platform.httpVersion);
    clients.push(client);
    return client;
  };

  test('is closed with the reason "stalled", without heartbeats too', async () => {
    const app = await start();
    const stalled = untilStalled(app);
    await newClient(app).open('/news', { paused: true });
    await publishAll(app);
    expect(await stalled).toMatchObject({ reason: 'stalled' });
    expect(app.hub.stats()).toMatchObject({ open: 0, closed: { stalled: 1 } });
  });

  test('has its response dropped with what is pending', async () => {
    const app = await start();
    const stalled = untilStalled(app);
    const stream = await newClient(app).open('/news', { paused: true });
    await publishAll(app);
    await stalled;
    stream.resume();
    expect(await stream.ended).toBe('cut');
    expect(stream.events.length).toBeLessThan(ITEMS);
  });

  test('has its handler told, which waits for it', async () => {
    const app = await start();
    const stalled = untilStalled(app);
    await newClient(app).open('/items', { paused: true });
    expect(await stalled).toMatchObject({ reason: 'stalled' });
  });

  test('does not keep a neighbour from getting everything', async () => {
    const app = await start();
    const stalled = untilStalled(app);
    const neighbour = await newClient(app).open('/news');
    await newClient(app).open('/news', { paused: true });
    await publishAll(app);
    await neighbour.until(() => neighbour.events.length >= ITEMS);
    await stalled;
    await app.hub.publish('news', { data: `${ITEMS}` });
    await neighbour.until(() => neighbour.events.length > ITEMS);
    expect(numbers(neighbour.events)).toEqual(Array.from({ length: ITEMS + 1 }, (_, n) => n));
    expect(app.hub.connectionCount).toBe(1);
  });

  test('is waited for where the timeout of its stream is 0', async () => {
    const app = await start();
    const stalled = untilStalled(app);
    const patient = await newClient(app).open('/patient', { paused: true });
    await newClient(app).open('/news', { paused: true });
    await publishAll(app);
    await stalled;
    expect(app.hub.connectionCount).toBe(1);
    patient.resume();
    await patient.until(() => numbers(patient.events).at(-1) === ITEMS - 1);
  });
});

describeOnEachPlatform('A client that takes what is pending for it', (platform) => {
  const start = () =>
    startApp(platform, {
      controllers: [Streams],
      sse: { stallTimeout: STALL, heartbeat: false },
    });

  test('stays where nothing is sent to it, and has its heartbeats', async () => {
    const app = await start();
    const stream = await app.open('/quiet');
    // Ten of them take three timeouts.
    await stream.until(() => stream.events.length >= 10);
    expect(app.hub.connectionCount).toBe(1);
  });

  test('stays while it gets small events all the time', async () => {
    const app = await start();
    const stream = await app.open('/ticks');
    await stream.until(() => stream.events.length >= 60);
    expect(stream.hasEnded).toBe(false);
  });

  test('stays where it reads slowly, and gets everything', async () => {
    const app = await start();
    const stream = await app.open('/items', { paused: true });
    while (stream.events.length < ITEMS) {
      const portion = Math.min(stream.events.length + 60, ITEMS);
      stream.resume();
      await stream.until(() => stream.events.length >= portion);
      stream.pause();
      await delay(STALL / 3);
    }
    stream.resume();
    expect(await stream.ended).toBe('complete');
    expect(stream.events).toHaveLength(ITEMS);
  });
});

function numbers(events: readonly { data: string }[]): number[] {
  return events.map(({ data }) => Number.parseInt(data, 10));
}

async function publishAll({ hub }: RunningApp): Promise<void> {
  for (let n = 0; n < ITEMS; n++) {
    await hub.publish('news', { data: `${n} ${ITEM}` });
    // What is published in one turn leaves in one write, for which a client has as much longer.
    await nextTurn();
  }
}

/** The first stream that ends. */
function untilStalled({ hub }: RunningApp): Promise<ConnectionEvent> {
  return firstValueFrom(hub.connections$.pipe(filter(({ type }) => type === 'disconnect')));
}
