import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect, type Server } from 'node:net';
import { expect, test } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SseHub, SseStream } from 'nestjs-sse-hub';
import {
  describeOnEachPlatform,
  expressHttp1,
  fastifyHttp1,
  platforms,
  type Platform,
} from '../support/platforms.js';
import { startApp, type RunningApp } from '../support/start-app.js';

@Controller()
class News {
  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  follow() {
    return this.hub.stream('news');
  }
}

/** A connection that sends nothing, as browsers open some in advance; resolves when the server has it. */
async function connectSilently({ nest, port }: RunningApp) {
  const accepted = once(nest.getHttpServer() as Server, 'connection');
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  // A server of HTTP/2 speaks first.
  socket.resume();
  await accepted;
  return { ended: once(socket, 'close') };
}

const { version: nestVersion } = createRequire(import.meta.url)('@nestjs/core/package.json') as {
  version: string;
};

// Before Nest 12 its Fastify adapter does not know the option; Fastify does.
const knowsOption = Number.parseInt(nestVersion, 10) >= 12;
const fastifyItself: Platform = {
  ...fastifyHttp1,
  createAdapter: () => new FastifyAdapter({ forceCloseConnections: true }),
};

function testForcedClose(platform: Platform): void {
  const start = () =>
    startApp(platform, {
      controllers: [News],
      options: { forceCloseConnections: true },
      sse: { drainWindow: 100, drainRetry: { min: 2_000, max: 2_999 } },
    });

  // The frame that ends a stream of HTTP/2 may be cut with its session, when the client has been told everything.
  const ends = platform.httpVersion === '1.1' ? ['complete'] : ['complete', 'cut'];

  test('sends every stream away politely, and ends while a connection is open that sends nothing', async () => {
    const app = await start();
    const silent = await connectSilently(app);
    const streams = await Promise.all([app.open('/news'), app.open('/news'), app.open('/news')]);
    await Promise.all(streams.map((stream) => stream.untilText('id:')));
    await app.nest.close();
    for (const stream of streams) {
      expect(ends).toContain(await stream.ended);
      expect(stream.text).toMatch(/\n\nretry:2\d{3}\n\n$/);
    }
    await silent.ended;
  });
}

describeOnEachPlatform(
  'app.close() with forceCloseConnections',
  testForcedClose,
  knowsOption ? platforms : [expressHttp1],
);
describeOnEachPlatform('app.close() with forceCloseConnections of Fastify itself', testForcedClose, [
  fastifyItself,
]);
