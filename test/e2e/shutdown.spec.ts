import { expect, test } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { SseHub, SseStream, StreamSignal } from 'nestjs-sse-hub';
import { filter, firstValueFrom, interval, NEVER, Observable, ReplaySubject, Subject } from 'rxjs';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

const ITEM = 'x'.repeat(64 * 1024);

@Controller()
class Streams {
  readonly begun = new ReplaySubject<string>();

  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  news() {
    return this.hub.stream('news', { user: 'ann' });
  }

  @SseStream('silence')
  silence() {
    return NEVER;
  }

  @SseStream('numbers')
  numbers() {
    return interval(1);
  }

  @SseStream('flood', { maxSendQueue: 1024 ** 3 })
  flood() {
    return new Observable((subscriber) => {
      for (let item = 0; item < 500; item++) subscriber.next(ITEM);
    });
  }

  @SseStream('says-nothing-yet', { headAfter: 'first-event', headTimeout: 600_000, retry: 1_000 })
  saysNothingYet() {
    this.begun.next('/says-nothing-yet');
    return NEVER;
  }

  readonly late = new Subject<string>();

  @SseStream('late-observable', { headAfter: 'first-event', headTimeout: 600_000 })
  lateObservable() {
    this.begun.next('/late-observable');
    return this.late;
  }

  @SseStream('late-iterable', { headAfter: 'first-event', headTimeout: 600_000 })
  async *lateIterable() {
    this.begun.next('/late-iterable');
    yield await firstValueFrom(this.late);
  }

  @SseStream('awaits', { retry: 1_000 })
  async awaits(@StreamSignal() signal: AbortSignal) {
    this.begun.next('/awaits');
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    return NEVER;
  }

  @SseStream('never-returns', { retry: 1_000 })
  async neverReturns() {
    this.begun.next('/never-returns');
    return new Promise(() => undefined);
  }

  @Get('plain')
  plain() {
    return 'plain';
  }
}

describeOnEachPlatform('app.close()', (platform) => {
  const start = (drainTimeout = 5_000) =>
    startApp(platform, { controllers: [Streams], sse: { drainTimeout } });

  test.each(['/news', '/silence', '/numbers'])('ends the open streams, as shutdown (%s)', async (path) => {
    const app = await start();
    const streams = await Promise.all([app.open(path), app.open(path)]);
    await app.nest.close();
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(['complete', 'complete']);
    const ends = app.connectionEvents.filter(({ type }) => type === 'disconnect');
    expect(ends).toMatchObject([{ reason: 'shutdown' }, { reason: 'shutdown' }]);
  });

  test.each(['/says-nothing-yet', '/awaits', '/never-returns'])(
    'does not wait for a stream whose head has not been sent: %s',
    async (path) => {
      const app = await start();
      const answer = app.open(path);
      await firstValueFrom(app.nest.get(Streams).begun);
      await app.nest.close();
      const stream = await answer;
      expect(stream.status).toBe(200);
      expect(await stream.whole()).toMatch(/^retry:1000\n\nretry:\d+\n\n$/);
      expect(app.connectionEvents).toMatchObject([{ type: 'connect' }, { reason: 'shutdown' }]);
    },
  );

  test('lets a client have what has been sent to it', async () => {
    const app = await start();
    const stream = await app.open('/news');
    await stream.untilText('id:');
    for (let n = 0; n < 100; n++) void app.hub.publish('news', { data: `${n}` });
    await app.hub.publish('news', { data: 'last' });
    // What is published leaves when the turn is over; a stream that is ended in the same one resumes from before.
    await stream.until(() => stream.events.length > 0);
    await app.nest.close();
    expect(await stream.ended).toBe('complete');
    expect(stream.events.map(({ data }) => data)).toEqual([
      ...Array.from({ length: 100 }, (_, n) => `${n}`),
      'last',
    ]);
  });

  test('does not wait for ever for a client that does not read', async () => {
    const app = await start(200);
    const stream = await app.open('/flood', { paused: true });
    await app.nest.close();
    stream.resume();
    expect(await stream.ended).toBe('cut');
    expect(app.connectionEvents.at(-1)).toMatchObject({ reason: 'shutdown' });
  });

  test('ends a connection that the client keeps open between requests, with a stream on it', async () => {
    const app = await start();
    await (await app.open('/plain')).whole();
    const stream = await app.open('/news');
    await app.nest.close();
    expect(await stream.ended).toBe('complete');
  });

  test('may be called twice', async () => {
    const app = await start();
    await app.open('/news');
    await Promise.all([app.nest.close(), app.nest.close()]);
    expect(app.hub.connectionCount).toBe(0);
  });

  test.each(['/late-observable', '/late-iterable'])(
    'ends a stream politely whose source speaks up meanwhile: %s',
    async (path) => {
      const app = await start();
      const { begun, late } = app.nest.get(Streams);
      const opened = app.open(path);
      await firstValueFrom(begun.pipe(filter((begunPath) => begunPath === path)));
      const closed = app.hub.close();
      await Promise.resolve();
      await Promise.resolve();
      late.next('too late');
      const stream = await opened;
      expect(stream.status).toBe(200);
      expect(await stream.whole()).toMatch(/^retry:\d+\n\n$/);
      await closed;
    },
  );

  test('refuses what is published afterwards', async () => {
    const app = await start();
    await app.nest.close();
    await expect(app.hub.publish('news', { data: 'late' })).rejects.toMatchObject({ code: 'HUB_CLOSED' });
  });
});

describeOnEachPlatform('app.close() with an idle connection', (platform) => {
  // Fastify by itself would wait 72 s for an idle HTTP/2 session.
  test('ends when the stream on it has ended before', async () => {
    const app = await startApp(platform, { controllers: [Streams] });
    const stream = await app.open('/news');
    await app.hub.disconnect('ann', 'logged out');
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'disconnected', detail: 'logged out' });
    expect(await stream.ended).toBe('complete');
    await app.nest.close();
    expect(app.hub.connectionCount).toBe(0);
  });
});
