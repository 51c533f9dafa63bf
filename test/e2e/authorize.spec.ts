import { expect, test } from '@jest/globals';
import { Controller, Query } from '@nestjs/common';
import {
  CurrentConnection,
  SseHub,
  SseStream,
  type SseConnection,
  type SseModuleOptions,
} from 'nestjs-sse-hub';
import { interval } from 'rxjs';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

@Controller()
class Streams {
  asked: string[] = [];

  constructor(private readonly hub: SseHub) {}

  @SseStream('topics')
  topics(@Query('topic') topic: string) {
    return this.hub.stream(topic, { user: 'ann' });
  }

  @SseStream('subscribes')
  subscribes(@Query('topic') topic: string, @CurrentConnection() connection: SseConnection) {
    void connection.subscribe(topic);
    return this.hub.stream('open', {
      authorize: async (asked) => {
        this.asked.push(asked);
        return Promise.resolve(asked !== 'own secret');
      },
    });
  }

  @SseStream('only-subscribes')
  async onlySubscribes(@Query('topic') topic: string, @CurrentConnection() connection: SseConnection) {
    await connection.subscribe(topic);
  }

  @SseStream('works-on')
  async worksOn(@CurrentConnection() connection: SseConnection) {
    void connection.subscribe('secret');
    return new Promise(() => undefined);
  }

  @SseStream('sends-after')
  async sendsAfter(@CurrentConnection() connection: SseConnection) {
    await connection.subscribe('secret').catch(() => undefined);
    await connection.send({ data: 'not sent' });
  }

  @SseStream('takes-back')
  takesBack(@CurrentConnection() connection: SseConnection) {
    const hundred = Array.from({ length: 100 }, (_, n) => `topic ${n}`);
    void connection.subscribe(hundred);
    connection.unsubscribe(hundred);
    void connection.subscribe('news');
  }

  @SseStream('own')
  own(@CurrentConnection() connection: SseConnection) {
    connection.expireAt(Date.now() + 300);
    return interval(1);
  }

  @SseStream('expired')
  expired(@Query('in') milliseconds: string) {
    return this.hub.stream('open', { expiresAt: new Date(Date.now() + Number(milliseconds)) });
  }
}

describeOnEachPlatform('A topic that may not be followed', (platform) => {
  const start = (sse: SseModuleOptions = {}) =>
    startApp(platform, {
      controllers: [Streams],
      sse: { authorize: async (topic) => Promise.resolve(topic !== 'secret'), ...sse },
    });

  test.each(['/topics', '/subscribes', '/only-subscribes'])('is answered with a 403 (%s)', async (path) => {
    const app = await start();
    const refused = await app.open(`${path}?topic=secret`);
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({
      statusCode: 403,
      error: 'Forbidden',
      message: 'the topic "secret" may not be followed',
    });
    expect(app.hub.stats()).toMatchObject({ opened: 0, delivered: 0 });
  });

  test("is answered with a 403 where only the stream's own authorize refuses what was subscribed to", async () => {
    const app = await start();
    expect((await app.open('/subscribes?topic=own%20secret')).status).toBe(403);
    expect(app.nest.get(Streams).asked).toContain('own secret');
  });

  test.each(['/works-on', '/sends-after'])(
    'is answered at once, also while the handler still works (%s)',
    async (path) => {
      const app = await start({ limits: { connections: 1 } });
      for (let n = 0; n < 3; n++) expect((await app.open(path)).status).toBe(403);
      await app.nest.close();
      expect(app.hub.stats()).toMatchObject({ opened: 0, refused: { connections: 0 } });
    },
  );

  test.each(['/topics', '/subscribes', '/only-subscribes'])('is no topic that may (%s)', async (path) => {
    const app = await start();
    const first = await app.open(`${path}?topic=news`);
    await first.untilText('id:');
    const { id } = await app.hub.publish('news', { data: 1 });
    await first.nextEvent();
    first.leave();
    await app.hub.publish('news', { data: 2 });
    const second = await app.open(`${path}?topic=news`, { lastEventId: id });
    expect((await second.nextEvent()).data).toBe('2');
  });
});

describeOnEachPlatform('Topics that a handler takes back', (platform) => {
  test('are not followed, and make room for others', async () => {
    const app = await startApp(platform, { controllers: [Streams] });
    const stream = await app.open('/takes-back');
    await stream.untilText('id:');
    expect(app.connectionEvents[0]!.connection.topics).toEqual(['news']);
  });
});

describeOnEachPlatform('A stream that expires', (platform) => {
  const start = () => startApp(platform, { controllers: [Streams], sse: { heartbeat: false } });

  test('ends politely at its time, and goes on where it was for who comes back', async () => {
    const app = await start();
    const stream = await app.open('/expired?in=300');
    await stream.untilText('id:');
    const { id } = await app.hub.publish('open', { data: 'before' });
    await stream.nextEvent();
    expect(await stream.ended).toBe('complete');
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'expired' });
    await app.hub.publish('open', { data: 'meanwhile' });
    const next = await app.open('/expired?in=600000', { lastEventId: id });
    expect((await next.nextEvent()).data).toBe('meanwhile');
    expect(app.hub.stats().closed.expired).toBe(1);
  });

  test('may be one of any source', async () => {
    const app = await start();
    const stream = await app.open('/own');
    await stream.nextEvent();
    expect(await stream.ended).toBe('complete');
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'expired' });
  });

  test('can be given less time while it is open', async () => {
    const app = await start();
    const stream = await app.open('/expired?in=600000');
    await stream.untilText('id:');
    const { connection } = app.connectionEvents[0]!;
    connection.expireAt(new Date());
    expect(await stream.ended).toBe('complete');
    expect(() => connection.expireAt(new Date('never'))).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  test('ends at once where its time has passed', async () => {
    const app = await start();
    await app.hub.publish('open', { data: 'not for everybody' });
    const stream = await app.open('/expired?in=-1', { lastEventId: 'x' });
    expect(stream.status).toBe(200);
    expect(await stream.whole()).toBe('');
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'expired' });
  });
});
