import { describe, expect, test } from '@jest/globals';
import { Controller, Get, HttpCode, Query, UnauthorizedException } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { memoryLog, SseHub, SseModule, SseStream, type HubStream } from 'nestjs-sse-hub';
import { openStream } from 'nestjs-sse-hub/testing';
import { of } from 'rxjs';

@Controller()
class Streams {
  constructor(private readonly hub: SseHub) {}

  @SseStream('prices')
  prices(): HubStream {
    return this.hub.stream('prices');
  }

  @SseStream('three')
  three() {
    return of(1, 2, 3);
  }

  @Get('nothing')
  @HttpCode(204)
  nothing() {}

  @SseStream('secret')
  secret(@Query('token') token?: string) {
    if (token !== 'x') throw new UnauthorizedException('no token');
    return of('secret');
  }
}

const adapters = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const;

describe.each(adapters)('openStream of an application on %s', (_name, makeAdapter) => {
  async function start() {
    const testing = await Test.createTestingModule({
      imports: [SseModule.forRoot({ log: memoryLog({ retention: { count: 3 } }) })],
      controllers: [Streams],
    }).compile();
    const app = testing.createNestApplication(makeAdapter());
    return { app, hub: app.get(SseHub) };
  }

  test.each(['does not listen', 'listens'])('awaits events of one that %s', async (way) => {
    const { app, hub } = await start();
    if (way === 'listens') await app.listen(0, '127.0.0.1');
    const stream = await openStream(app, '/prices', { decode: 'json' });
    expect(stream.head).toMatchObject({ status: 200 });
    void hub.publish('prices', { event: 'AAPL', data: 1 });
    void hub.publish('prices', { event: 'MSFT', data: 2 });
    void hub.publish('prices', { event: 'AAPL', data: 3 });
    expect(await stream.take(1)).toMatchObject([{ type: 'AAPL', data: 1 }]);
    expect(await stream.until(({ data }) => (data as unknown) === 3)).toHaveLength(2);
    expect(stream.events).toHaveLength(3);
    stream.close();
    await app.close();
  });

  test('resumes after a cut without a gap, or with one', async () => {
    const { app, hub } = await start();
    const stream = await openStream(app, '/prices');
    await hub.publish('prices', { data: 'a' });
    await stream.take(1);
    stream.cut();
    for (const data of ['b', 'c']) await hub.publish('prices', { data });
    await stream.resume();
    expect((await stream.take(2)).map(({ data }) => data)).toEqual(['b', 'c']);
    expect(stream.gaps).toEqual([]);
    stream.cut();
    for (const data of ['d', 'e', 'f', 'g', 'h']) await hub.publish('prices', { data });
    await stream.resume();
    expect((await stream.take(3)).map(({ data }) => data)).toEqual(['f', 'g', 'h']);
    expect(stream.gaps).toMatchObject([{ reason: 'evicted' }]);
    stream.close();
    await app.close();
  });

  test('tells the end of a stream, and what came before it', async () => {
    const { app } = await start();
    const stream = await openStream(app, '/three');
    expect((await stream.ended()).map(({ data }) => data)).toEqual(['1', '2', '3']);
    await app.close();
  });

  test('fails with the answer that is no stream', async () => {
    const { app } = await start();
    await expect(openStream(app, '/secret')).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
      response: { status: 401, body: expect.stringContaining('no token') },
    });
    const stream = await openStream(app, '/secret?token=x');
    expect(await stream.take(1)).toMatchObject([{ data: 'secret' }]);
    await app.close();
  });

  test('fails with an answer that tells clients to stay away', async () => {
    const { app } = await start();
    await expect(openStream(app, '/nothing')).rejects.toMatchObject({
      code: 'BAD_RESPONSE',
      response: { status: 204 },
    });
    await app.close();
  });

  test('opens a stream behind an id that cannot be sent', async () => {
    const { app, hub } = await start();
    const stream = await openStream(app, '/prices', { lastEventId: '1 ' });
    await hub.publish('prices', { data: 'a' });
    expect(await stream.take(1)).toMatchObject([{ data: 'a' }]);
    await app.close();
  });

  test('says so where it is cut while it comes back', async () => {
    const { app } = await start();
    const stream = await openStream(app, '/prices');
    const resumed = stream.resume();
    stream.cut();
    await expect(resumed).rejects.toThrow('the stream was cut while it was opened');
    await stream.resume();
    expect(stream.head.status).toBe(200);
    stream.close();
    await app.close();
  });

  test('gives each of those who wait an event of its own', async () => {
    const { app } = await start();
    const stream = await openStream(app, '/three');
    const taken = await Promise.all([stream.take(1), stream.take(1), stream.take(1)]);
    expect(taken.flat().map(({ data }) => data)).toEqual(['1', '2', '3']);
    expect(stream.events).toHaveLength(3);
    await app.close();
  });

  test('says what has come where something does not', async () => {
    const { app, hub } = await start();
    const stream = await openStream(app, '/prices', { patience: 100 });
    void hub.publish('prices', { data: 'a' });
    await expect(stream.take(2)).rejects.toThrow(
      /event 2 of 2 has not come within 100 ms; 1 have come.*"data":"a"/,
    );
    void hub.publish('prices', { data: 'b' });
    expect(await stream.take(1)).toMatchObject([{ data: 'b' }]);
    stream.cut();
    await expect(stream.take(1)).rejects.toThrow('resume() it first');
    await app.close();
    const over = await openStream((await start()).app, '/three');
    await expect(over.take(4)).rejects.toThrow(/has ended the stream, where event 4 of 4 was waited for/);
  });
});
