import { expect, test } from '@jest/globals';
import { Catch, Controller, HttpException, Param, UseFilters, type ArgumentsHost } from '@nestjs/common';
import {
  CurrentConnection,
  SseHub,
  SseStream,
  type SseConnection,
  type SseModuleOptions,
} from 'nestjs-sse-hub';
import { NEVER } from 'rxjs';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

@Catch(HttpException)
class Teapot {
  catch(exception: HttpException, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<{ status(code: number): { send(body: unknown): void } }>();
    reply.status(418).send({ was: exception.getStatus() });
  }
}

@Controller()
class Streams {
  calls = 0;

  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  news() {
    this.calls++;
    return this.hub.stream('news');
  }

  @SseStream('own')
  own() {
    this.calls++;
    return NEVER;
  }

  @SseStream('filtered')
  @UseFilters(Teapot)
  filtered() {
    return this.hub.stream('news');
  }

  @SseStream('users/:user')
  user(@Param('user') user: string) {
    this.calls++;
    return this.hub.stream('news', { user });
  }

  @SseStream('late/:user')
  async late(@Param('user') user: string, @CurrentConnection() connection: SseConnection) {
    await connection.send({ data: 'open' });
    return this.hub.stream('news', { user });
  }
}

const RETRY = /^retry:(\d+)\n\n$/;

describeOnEachPlatform('A request that a limit leaves no stream for', (platform) => {
  const start = (sse: SseModuleOptions) => startApp(platform, { controllers: [Streams], sse });

  test('gets an event stream that tells it when to come back, and ends', async () => {
    const app = await start({ limits: { connections: 2 } });
    await Promise.all([app.open('/news'), app.open('/own')]);
    const refused = await app.open('/news');
    expect(refused.status).toBe(200);
    expect(refused.headers['content-type']).toBe('text/event-stream');
    const [, retry] = RETRY.exec(await refused.whole())!;
    expect(Number(retry)).toBeGreaterThanOrEqual(5_000);
    expect(Number(retry)).toBeLessThanOrEqual(15_000);
  });

  test('does not bother the handler, the streams that are open, or whoever watches them', async () => {
    const app = await start({ limits: { connections: 1 } });
    const first = await app.open('/news');
    await first.untilText('id:');
    await (await app.open('/news')).whole();
    await app.hub.publish('news', { data: 'still here' });
    expect((await first.nextEvent()).data).toBe('still here');
    expect(app.nest.get(Streams).calls).toBe(1);
    expect(app.connectionEvents).toMatchObject([{ type: 'connect' }]);
    expect(app.hub.stats()).toMatchObject({ open: 1, opened: 1, refused: { connections: 1, user: 0 } });
  });

  test('comes back at a time of its own', async () => {
    const app = await start({ limits: { connections: 1 }, overloadRetry: { min: 0, max: 2 ** 31 - 1 } });
    await app.open('/news');
    const refused = await Promise.all(Array.from({ length: 10 }, () => app.open('/news')));
    const retries = await Promise.all(refused.map(async (stream) => RETRY.exec(await stream.whole())![1]));
    expect(new Set(retries).size).toBe(10);
  });

  test('finds room when another stream has ended', async () => {
    const app = await start({ limits: { connections: 1 } });
    for (let n = 0; n < 3; n++) {
      const stream = await app.open('/news');
      await stream.untilText('id:');
      await (await app.open('/news')).whole();
      stream.leave();
      await app.nextDisconnect();
    }
    expect(app.hub.stats()).toMatchObject({ opened: 3, refused: { connections: 3 } });
  });

  test('is told by a 503 and Retry-After where the option says so', async () => {
    const app = await start({
      limits: { connections: 1 },
      overload: 'status',
      overloadRetry: { min: 1_500, max: 1_500 },
    });
    await app.open('/news');
    const refused = await app.open('/news');
    expect(refused.status).toBe(503);
    expect(refused.headers['retry-after']).toBe('2');
    expect(await refused.json()).toEqual({
      statusCode: 503,
      error: 'Service Unavailable',
      message: 'there are too many streams; come back in 2 s',
    });
    expect(app.nest.get(Streams).calls).toBe(1);
  });

  test("goes through Nest's filters where it is told by a status", async () => {
    const app = await start({ limits: { connections: 1 }, overload: 'status' });
    await app.open('/news');
    const refused = await app.open('/filtered');
    expect(refused.status).toBe(418);
    expect(await refused.json()).toEqual({ was: 503 });
  });

  test('gets nothing but the head for a HEAD', async () => {
    const app = await start({ limits: { connections: 1 } });
    await app.open('/news');
    const refused = await app.open('/news', { method: 'HEAD' });
    expect(refused.status).toBe(200);
    expect(await refused.whole()).toBe('');
  });

  test("is refused when its user has as many as there may be, and other users' are not", async () => {
    const app = await start({ limits: { connectionsPerUser: 2 } });
    await Promise.all([app.open('/users/ann'), app.open('/users/ann')]);
    const refused = await app.open('/users/ann');
    expect(refused.status).toBe(200);
    expect(await refused.whole()).toMatch(RETRY);
    expect((await app.open('/users/bob')).status).toBe(200);
    expect(app.hub.connectionCount).toBe(3);
    expect(app.hub.stats().refused).toMatchObject({ user: 1 });
  });

  test('is told by a 429 when its user has too many', async () => {
    const app = await start({ limits: { connectionsPerUser: 1 }, overload: 'status' });
    const first = await app.open('/users/ann');
    await first.untilText('id:');
    const refused = await app.open('/users/ann');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(5);
    expect(await refused.json()).toMatchObject({ error: 'Too Many Requests' });
    first.leave();
    await app.nextDisconnect();
    expect((await app.open('/users/ann')).status).toBe(200);
  });

  test('ends where its user is known only when it is open', async () => {
    const app = await start({ limits: { connectionsPerUser: 1 } });
    await (await app.open('/users/ann')).untilText('id:');
    const refused = await app.open('/late/ann');
    expect(await refused.whole()).toMatch(/^data:open\n\nretry:\d+\n\n$/);
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'overload' });
    expect(app.hub.stats().closed).toMatchObject({ overload: 1 });
  });

  test('is refused when its address has as many as there may be', async () => {
    const app = await start({ limits: { connectionsPerAddress: 1 }, overload: 'status' });
    const first = await app.open('/news');
    await first.untilText('id:');
    expect((await app.open('/news')).status).toBe(429);
    first.leave();
    await app.nextDisconnect();
    expect((await app.open('/own')).status).toBe(200);
  });

  test('does not choose its address by a header that the platform was not told to trust', async () => {
    const app = await start({ limits: { connectionsPerAddress: 1 }, overload: 'status' });
    await (await app.open('/news')).untilText('id:');
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' };
    expect((await app.open('/news', { headers })).status).toBe(429);
  });
});
