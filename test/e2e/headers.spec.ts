import { expect, test } from '@jest/globals';
import fastifyCompress from '@fastify/compress';
import fastifyCookie from '@fastify/cookie';
import fastifyHelmet from '@fastify/helmet';
import { Controller, Header, Req, Res, type INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import compression from 'compression';
import cookieParser from 'cookie-parser';
import helmet from 'helmet';
import { SseHub, SseStream } from 'nestjs-sse-hub';
import { of } from 'rxjs';
import { describeOnEachPlatform, type Platform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

interface Reply {
  cookie(name: string, value: string): unknown;
}

@Controller()
class Answers {
  constructor(private readonly hub: SseHub) {}

  @SseStream('plain')
  plain() {
    return of('a');
  }

  @SseStream('own')
  @Header('x-own', 'below')
  @Header('cache-control', 'no-store')
  @Header('content-type', 'text/plain')
  own() {
    return of('a');
  }

  @Header('x-own', 'above')
  @Header('cache-control', 'No-Transform, private')
  @SseStream('own-above')
  @Header('content-type', 'text/event-stream; charset=utf-8')
  ownAbove() {
    return of('a');
  }

  @SseStream('cookies')
  cookies(@Req() request: { cookies: Record<string, string> }, @Res({ passthrough: true }) reply: Reply) {
    reply.cookie('seen', 'yes');
    return of(request.cookies);
  }

  @SseStream('news')
  news() {
    return this.hub.stream('news');
  }

  @SseStream('news-not-stored')
  @Header('cache-control', 'no-store')
  newsNotStored() {
    return this.hub.stream('news');
  }
}

/** Registers what both frameworks have under different names. */
function using(platform: Platform, express: unknown, fastify: unknown, options?: unknown) {
  return async (nest: INestApplication) => {
    if (platform.framework === 'express') nest.use(express);
    else await (nest as NestFastifyApplication).register(fastify as typeof fastifyCookie, options as object);
  };
}

describeOnEachPlatform('the headers of a stream', (platform) => {
  test('are these and no others', async () => {
    const app = await startApp(platform, { controllers: [Answers] });
    const { headers } = await app.open('/plain');
    const { date, 'x-powered-by': poweredBy, ...rest } = headers;
    expect(rest).toEqual({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      // Forbidden in HTTP/2 (RFC 9113 8.2.2).
      ...(platform.httpVersion === '1.1' && { connection: 'close', 'transfer-encoding': 'chunked' }),
    });
    expect(date).toBeDefined();
    expect(poweredBy).toBe(platform.framework === 'express' ? 'Express' : undefined);
  });

  test("are the application's where it sets them, but for the content type and the ban on transformation", async () => {
    const app = await startApp(platform, { controllers: [Answers] });
    expect((await app.open('/own')).headers).toMatchObject({
      'x-own': 'below',
      'cache-control': 'no-store, no-transform',
      'content-type': 'text/event-stream',
    });
  });

  test('keep a Cache-Control that forbids transformation already as it is', async () => {
    const app = await startApp(platform, { controllers: [Answers] });
    expect((await app.open('/own-above')).headers).toMatchObject({
      'cache-control': 'No-Transform, private',
    });
  });

  test('keep a content type of an event stream that the application sets', async () => {
    const app = await startApp(platform, { controllers: [Answers] });
    expect((await app.open('/own-above')).headers).toMatchObject({
      'x-own': 'above',
      'content-type': 'text/event-stream; charset=utf-8',
    });
  });

  test('keep the cookies that the handler sets', async () => {
    const app = await startApp(platform, {
      controllers: [Answers],
      configure: using(platform, cookieParser(), fastifyCookie),
    });
    const stream = await app.open('/cookies', { headers: { cookie: 'name=ann' } });
    expect(stream.headers['set-cookie']).toEqual([expect.stringMatching(/^seen=yes/)]);
    expect(await stream.whole()).toBe('data:{"name":"ann"}\n\n');
  });

  test('keep those of helmet', async () => {
    const app = await startApp(platform, {
      controllers: [Answers],
      configure: using(platform, helmet(), fastifyHelmet),
    });
    const stream = await app.open('/plain');
    expect(stream.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.any(String),
      'content-type': 'text/event-stream',
    });
  });

  test('keep those of CORS', async () => {
    const app = await startApp(platform, {
      controllers: [Answers],
      configure: (nest) => nest.enableCors({ origin: 'https://example.com', credentials: true }),
    });
    const stream = await app.open('/plain', { headers: { origin: 'https://example.com' } });
    expect(stream.headers).toMatchObject({
      'access-control-allow-origin': 'https://example.com',
      'access-control-allow-credentials': 'true',
    });
    expect(await stream.whole()).toBe('data:a\n\n');
  });

  test('keep those of the errors that are answered in place of a stream', async () => {
    const app = await startApp(platform, {
      controllers: [Answers],
      configure: (nest) => nest.enableCors({ origin: 'https://example.com' }),
    });
    const answer = await app.open('/none', { headers: { origin: 'https://example.com' } });
    expect(answer.status).toBe(404);
    expect(answer.headers['access-control-allow-origin']).toBe('https://example.com');
    expect(answer.headers['cache-control']).toBeUndefined();
  });

  test.each([
    ['by themselves', '/news'],
    ["with a Cache-Control of the application's", '/news-not-stored'],
  ])('keep compressing middleware away, so that events come at once (%s)', async (_how, path) => {
    const app = await startApp(platform, {
      controllers: [Answers],
      configure: using(platform, compression({ threshold: 0 }), fastifyCompress, { threshold: 0 }),
    });
    const stream = await app.open(path, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(stream.headers['content-encoding']).toBeUndefined();
    await app.hub.publish('news', { data: 'one' });
    expect(await stream.nextEvent()).toMatchObject({ data: 'one' });
  });
});
