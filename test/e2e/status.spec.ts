import { expect, test } from '@jest/globals';
import { Controller, Header, HttpCode, RequestMethod, Res } from '@nestjs/common';
import { CurrentConnection, SseHub, SseStream, type SseConnection } from 'nestjs-sse-hub';
import { of } from 'rxjs';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

interface Reply {
  status(code: number): unknown;
}

@Controller()
class Statuses {
  produced = 0;

  constructor(private readonly hub: SseHub) {}

  @SseStream('stream')
  @Header('x-kept', 'yes')
  stream() {
    return this.#produce();
  }

  @SseStream('hub')
  hubStream() {
    return this.hub.stream('news');
  }

  @SseStream('connection')
  connection(@CurrentConnection() connection: SseConnection) {
    void connection.send({ data: 'never seen' });
  }

  @SseStream('201')
  @HttpCode(201)
  created() {
    return of('a');
  }

  @HttpCode(201)
  @SseStream('201-above', { method: RequestMethod.POST })
  createdAbove() {
    return of('a');
  }

  @SseStream('204')
  @HttpCode(204)
  stop() {
    return this.#produce();
  }

  @SseStream('204-for-some')
  async stopForSome(@Res({ passthrough: true }) reply: Reply) {
    reply.status(204);
    return Promise.resolve();
  }

  @SseStream('204-with-connection')
  stopWithConnection(
    @Res({ passthrough: true }) reply: Reply,
    @CurrentConnection() connection: SseConnection,
  ) {
    reply.status(204);
    void connection;
  }

  @SseStream('202')
  accepted(@Res({ passthrough: true }) reply: Reply) {
    reply.status(202);
    return of('a');
  }

  async *#produce() {
    this.produced++;
    yield 'a';
  }
}

describeOnEachPlatform('the status of a stream', (platform) => {
  const start = () => startApp(platform, { controllers: [Statuses] });

  test.each([
    ['of @HttpCode() below the decorator', 'GET', '/201', 201],
    ['of @HttpCode() above the decorator', 'POST', '/201-above', 201],
    ['that the handler sets', 'GET', '/202', 202],
  ])('is the one %s', async (_whose, method, path, status) => {
    const app = await start();
    const stream = await app.open(path, { method });
    expect(stream.status).toBe(status);
    expect(await stream.whole()).toBe('data:a\n\n');
  });

  test.each([
    ['by @HttpCode(204)', '/204'],
    ['by the handler, which returns nothing', '/204-for-some'],
    ['by the handler, which takes the connection', '/204-with-connection'],
  ])('is 204 %s, without a body and without the headers of a stream', async (_how, path) => {
    const app = await start();
    const answer = await app.open(path);
    expect(answer.status).toBe(204);
    expect(await answer.whole()).toBe('');
    expect(answer.headers).not.toHaveProperty('content-type');
    expect(answer.headers).not.toHaveProperty('transfer-encoding');
  });

  test('204 has nothing asked of the source', async () => {
    const app = await start();
    await (await app.open('/204')).whole();
    expect(app.nest.get(Statuses).produced).toBe(0);
    expect(app.connectionEvents).toEqual([]);
  });

  test.each(['/stream', '/hub', '/connection'])(
    'of a HEAD is 200, with the headers of the stream and no body (%s)',
    async (path) => {
      const app = await start();
      const answer = await app.open(path, { method: 'HEAD' });
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache, no-transform',
      });
      expect(await answer.whole()).toBe('');
      expect(app.hub.connectionCount).toBe(0);
    },
  );

  test('HEAD has nothing asked of the source', async () => {
    const app = await start();
    const answer = await app.open('/stream', { method: 'HEAD' });
    expect(await answer.whole()).toBe('');
    expect(answer.headers['x-kept']).toBe('yes');
    expect(app.nest.get(Statuses).produced).toBe(0);
  });
});
