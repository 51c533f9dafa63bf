import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { CurrentConnection, SseHub, SseStream, type SseConnection } from 'nestjs-sse-hub';
import { from, of } from 'rxjs';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

async function* generate() {
  yield 'a';
  yield 'b';
}

const iterable: AsyncIterable<string> = { [Symbol.asyncIterator]: () => generate() };

@Controller()
class Sources {
  constructor(private readonly hub: SseHub) {}

  @SseStream('hub-stream')
  hubStream() {
    return this.hub.stream('news');
  }

  @SseStream('hub-stream-promise')
  async hubStreamPromise() {
    return Promise.resolve(this.hub.stream('news'));
  }

  @SseStream('observable')
  observable() {
    return of('a', 'b');
  }

  @SseStream('observable-promise')
  async observablePromise() {
    return Promise.resolve(from(['a', 'b']));
  }

  @SseStream('observable-thenable')
  observableThenable() {
    // oxlint-disable-next-line unicorn/no-thenable -- as query builders have
    return { then: (resolve: (value: unknown) => void) => resolve(from(['a', 'b'])) };
  }

  @SseStream('observable-promise-of-another-realm')
  observablePromiseOfAnotherRealm(): unknown {
    return runInNewContext('(async () => source)()', { source: from(['a', 'b']) });
  }

  @SseStream('generator')
  generator() {
    return generate();
  }

  @SseStream('generator-promise')
  async generatorPromise() {
    return Promise.resolve(generate());
  }

  @SseStream('generator-method')
  async *generatorMethod() {
    yield 'a';
    yield await Promise.resolve('b');
  }

  @SseStream('iterable')
  iterable() {
    return iterable;
  }

  @SseStream('iterable-promise')
  async iterablePromise() {
    return Promise.resolve(iterable);
  }

  @SseStream('readable')
  readable() {
    return Readable.from(['a', 'b']);
  }

  @SseStream('readable-promise')
  async readablePromise() {
    return Promise.resolve(Readable.from(['a', 'b']));
  }

  @SseStream('web-stream')
  webStream() {
    return ReadableStream.from(['a', 'b']);
  }

  @SseStream('web-stream-promise')
  async webStreamPromise() {
    return Promise.resolve(ReadableStream.from(['a', 'b']));
  }

  @SseStream('nothing-with-connection')
  nothingWithConnection(@CurrentConnection() connection: SseConnection) {
    void connection.send({ data: 'a' });
    setImmediate(() => {
      void connection.send({ data: 'b' });
      connection.close();
    });
  }

  @SseStream('nothing-yet-with-connection')
  nothingYetWithConnection(@CurrentConnection() connection: SseConnection) {
    void connection.subscribe('news');
  }

  @SseStream('nothing')
  nothing() {}

  @SseStream('number')
  number() {
    return 7;
  }

  @SseStream('text')
  async text() {
    return Promise.resolve('a text');
  }
}

describeOnEachPlatform('@SseStream', (platform) => {
  const start = () => startApp(platform, { controllers: [Sources] });

  test.each([
    ['an Observable', '/observable'],
    ['a promise of an Observable', '/observable-promise'],
    ["another realm's promise of an Observable", '/observable-promise-of-another-realm'],
    ['an object whose then() gives an Observable', '/observable-thenable'],
    ['an async generator', '/generator'],
    ['a promise of an async generator', '/generator-promise'],
    ['the items of a generator method', '/generator-method'],
    ['an async iterable', '/iterable'],
    ['a promise of an async iterable', '/iterable-promise'],
    ['a Node Readable', '/readable'],
    ['a promise of a Node Readable', '/readable-promise'],
    ['a web ReadableStream', '/web-stream'],
    ['a promise of a web ReadableStream', '/web-stream-promise'],
  ])('streams %s, and ends with it', async (_source, path) => {
    const app = await start();
    const stream = await app.open(path);
    expect(stream.status).toBe(200);
    expect(await stream.whole()).toBe('data:a\n\ndata:b\n\n');
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'complete' });
  });

  test.each([
    ['a hub stream', '/hub-stream'],
    ['a promise of a hub stream', '/hub-stream-promise'],
  ])('streams what is published to the topics of %s', async (_source, path) => {
    const app = await start();
    const stream = await app.open(path);
    const { id } = await app.hub.publish('news', { event: 'headline', data: { n: 1 } });
    expect(await stream.nextEvent()).toEqual({ id, event: 'headline', data: '{"n":1}' });
  });

  test('streams what is sent to the connection when the handler returns nothing', async () => {
    const app = await start();
    const stream = await app.open('/nothing-with-connection');
    expect(await stream.whole()).toBe('data:a\n\ndata:b\n\n');
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'closed' });
  });

  test('opens the stream before anything is sent when the handler returns nothing but takes the connection', async () => {
    const app = await start();
    const stream = await app.open('/nothing-yet-with-connection');
    expect(stream.status).toBe(200);
    await app.hub.publish('news', { data: 'later' });
    expect(await stream.nextEvent()).toMatchObject({ data: 'later' });
  });

  test.each([
    ['nothing without taking the connection', '/nothing'],
    ['a number', '/number'],
    ['a promise of a string', '/text'],
  ])('answers 500 to a handler that returns %s', async (_value, path) => {
    const app = await start();
    const answer = await app.open(path);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({ statusCode: 500, message: 'Internal server error' });
    expect(app.connectionEvents).toEqual([]);
  });
});
