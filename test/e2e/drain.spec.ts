import { afterEach, expect, test } from '@jest/globals';
import { Controller } from '@nestjs/common';
import {
  CurrentConnection,
  SseHub,
  SseStream,
  type SseConnection,
  type SseModuleOptions,
} from 'nestjs-sse-hub';
import { firstValueFrom, interval, map } from 'rxjs';
import { createClient, type Client } from '../support/client.js';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp, type RunningApp } from '../support/start-app.js';

const ITEM = 'x'.repeat(64 * 1024);

@Controller()
class Streams {
  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  news() {
    return this.hub.stream('news');
  }

  @SseStream('numbers')
  numbers() {
    return interval(5).pipe(map((n) => ({ data: n })));
  }

  @SseStream('goodbye')
  goodbye(@CurrentConnection() connection: SseConnection) {
    this.hub.drain$.subscribe(() => void connection.send({ event: 'goodbye', data: '' }));
    void connection.send({ event: 'hello', data: '' });
  }

  @SseStream('flood', { maxSendQueue: 1024 ** 3 })
  flood(@CurrentConnection() connection: SseConnection) {
    for (let item = 0; item < 500; item++) void connection.send({ data: ITEM });
  }
}

const clients: Client[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

describeOnEachPlatform('A hub that drains', (platform) => {
  const start = (sse: SseModuleOptions) => startApp(platform, { controllers: [Streams], sse });

  // An HTTP/2 session that has carried streams takes no more.
  const newClient = ({ origin }: RunningApp): Client => {
    const client = createClient(origin, platform.httpVersion);
    clients.push(client);
    return client;
  };

  test('ends its streams one after the other, in the order in which they came', async () => {
    const app = await start({ drainWindow: 200 });
    const streams = [];
    for (let n = 0; n < 8; n++) {
      const stream = await app.open('/news');
      await stream.untilText('id:');
      streams.push(stream);
    }
    const left: number[] = [];
    const ended = streams.map(async (stream, n) => {
      await stream.ended;
      left.push(n);
      return app.hub.connectionCount;
    });
    await app.nest.close();
    const counts = await Promise.all(ended);
    expect(left).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    // When the first was gone, most were still there.
    expect(counts[0]).toBeGreaterThan(4);
  });

  test('tells each stream when to come back, at a time of its own, behind everything else', async () => {
    const app = await start({ drainWindow: 20, drainRetry: { min: 100, max: 1_000_000 }, retry: 700 });
    const streams = await Promise.all([app.open('/news'), app.open('/numbers'), app.open('/news')]);
    await streams[1].nextEvent();
    await app.nest.close();
    const retries = await Promise.all(
      streams.map(async (stream) => {
        expect(await stream.whole()).toMatch(/^retry:700\n[^]*\n\nretry:\d+\n\n$/);
        return stream.retries.at(-1)!;
      }),
    );
    expect(new Set(retries).size).toBe(3);
    for (const retry of retries) expect(retry).toBeGreaterThanOrEqual(100);
    expect(app.hub.stats().closed.shutdown).toBe(3);
  });

  test('still carries what is published to those who are there, up to their end', async () => {
    const app = await start({ drainWindow: 200 });
    const streams = await Promise.all([app.open('/news'), app.open('/news')]);
    await Promise.all(streams.map((stream) => stream.untilText('id:')));
    const closed = app.nest.close();
    await firstValueFrom(app.hub.drain$);
    await app.hub.publish('news', { data: 'last orders' });
    await closed;
    expect(streams[1].events.map(({ data }) => data)).toEqual(['last orders']);
    await expect(app.hub.publish('news', { data: 'late' })).rejects.toMatchObject({ code: 'HUB_CLOSED' });
  });

  test('lets sources say goodbye, and tells those too who ask later', async () => {
    const app = await start({ drainWindow: 0 });
    const stream = await app.open('/goodbye');
    await stream.nextEvent();
    expect(app.hub.isDraining).toBe(false);
    const closed = app.nest.close();
    await firstValueFrom(app.hub.drain$);
    expect(app.hub.isDraining).toBe(true);
    await closed;
    expect(await stream.whole()).toMatch(/event:goodbye\ndata:\n\nretry:\d+\n\n$/);
    await firstValueFrom(app.hub.drain$);
    expect(app.hub.isDraining).toBe(true);
  });

  test('refuses streams that come meanwhile, and tells them when to come back', async () => {
    const app = await start({ drainWindow: 300 });
    await Promise.all([app.open('/news'), app.open('/news')]);
    const closed = app.hub.close();
    const refused = await newClient(app).open('/news');
    expect(refused.status).toBe(200);
    expect(await refused.whole()).toMatch(/^retry:\d+\n\n$/);
    expect(app.hub.stats()).toMatchObject({ opened: 2, refused: { shutdown: 1 } });
    await closed;
  });

  test('refuses them with a 503 where the option says so', async () => {
    const app = await start({ drainWindow: 300, overload: 'status' });
    await Promise.all([app.open('/news'), app.open('/news')]);
    const closed = app.hub.close();
    const refused = await newClient(app).open('/news');
    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(5);
    await closed;
  });

  test('does not wait for the rest of the window when everybody has left', async () => {
    const app = await start({ drainWindow: 600_000, drainTimeout: 600_000 });
    const streams = await Promise.all([app.open('/news'), app.open('/news'), app.open('/news')]);
    await Promise.all(streams.map((stream) => stream.untilText('id:')));
    const closed = app.nest.close();
    await firstValueFrom(app.hub.drain$);
    for (const stream of streams) stream.leave();
    await closed;
    expect(app.hub.connectionCount).toBe(0);
  });

  test('drops a client that does not read when the deadline has come, and the others have had theirs', async () => {
    const app = await start({ drainWindow: 50, drainTimeout: 300 });
    // HTTP/2 would have the streams of one session wait for each other.
    const stalled = await newClient(app).open('/flood', { paused: true });
    const reading = await app.open('/news');
    await reading.untilText('id:');
    await app.nest.close();
    expect(await reading.ended).toBe('complete');
    stalled.resume();
    expect(await stalled.ended).toBe('cut');
    expect(app.hub.stats().closed.shutdown).toBe(2);
  });
});
