import { describe, expect, test } from '@jest/globals';
import { Controller } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SseHub, SseStream } from 'nestjs-sse-hub';
import { expressHttp1, fastifyHttp1, type Platform } from '../support/platforms.js';
import { startApp, type AppParts } from '../support/start-app.js';

@Controller()
class Streams {
  constructor(private readonly hub: SseHub) {}

  @SseStream('news')
  news() {
    return this.hub.stream('news');
  }
}

const parts: AppParts = {
  controllers: [Streams],
  sse: { limits: { connectionsPerAddress: 1 }, overload: 'status' },
};

const trustingFastify: Platform = {
  ...fastifyHttp1,
  createAdapter: () => new FastifyAdapter({ trustProxy: true }),
};

describe.each([
  [
    'Express with trust proxy',
    expressHttp1,
    { ...parts, configure: (nest: unknown) => (nest as NestExpressApplication).set('trust proxy', 1) },
  ],
  ['Fastify with trustProxy', trustingFastify, parts],
])('The limit of an address behind a proxy (%s)', (_name, platform, described) => {
  test('is that of the client', async () => {
    const app = await startApp(platform, described);
    const from = (address: string) => app.open('/news', { headers: { 'x-forwarded-for': address } });
    const statuses: number[] = [];
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.1', '2001:db8::1', '2001:db8::2']) {
      statuses.push((await from(address)).status);
    }
    expect(statuses).toEqual([200, 200, 429, 200, 429]);
    expect(app.hub.inspect().streams.map(({ address }) => address)).toEqual([
      '203.0.113.1',
      '203.0.113.2',
      '2001:db8::1',
    ]);
  });
});
