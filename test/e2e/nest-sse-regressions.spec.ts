import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import {
  BadRequestException,
  Body,
  Controller,
  ForbiddenException,
  Param,
  ParseIntPipe,
  RequestMethod,
  Res,
  UseGuards,
  type CanActivate,
  type INestApplication,
} from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fastifyCompress from '@fastify/compress';
import compression from 'compression';
import { CurrentConnection, SseHub, SseStream, StreamSignal, type SseConnection } from 'nestjs-sse-hub';
import { from, interval, NEVER, Observable, of, throwError } from 'rxjs';
import { map, mergeMap, take } from 'rxjs/operators';
import { describeOnEachPlatform, platforms } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

// What went wrong in Nest's own @Sse, by the numbers of its issues and pull requests (github.com/nestjs/nest).

const raw = (response: ServerResponse & { raw?: ServerResponse }): ServerResponse => response.raw ?? response;

class Nobody implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException({ code: 'nobody' });
  }
}

describeOnEachPlatform(
  'an HttpException before the head keeps its status and its body (#12670, #12260, #9810)',
  (platform) => {
    @Controller()
    class Refusing {
      @SseStream('guard')
      @UseGuards(Nobody)
      guard() {
        return NEVER;
      }

      @SseStream('pipe/:id')
      pipe(@Param('id', ParseIntPipe) _id: number) {
        return NEVER;
      }

      @SseStream('handler')
      handler() {
        throw new BadRequestException({ code: 'handler' });
      }

      @SseStream('awaiting-handler')
      async awaitingHandler() {
        await new Promise((resolve) => setTimeout(resolve, 5));
        throw new BadRequestException({ code: 'awaiting' });
      }

      @SseStream('source')
      source() {
        return throwError(() => new BadRequestException({ code: 'source' }));
      }
    }

    test.each([
      ['a guard', '/guard', 403, { code: 'nobody' }],
      ['a pipe', '/pipe/x', 400, { statusCode: 400 }],
      ['the handler', '/handler', 400, { code: 'handler' }],
      ['a handler that awaits', '/awaiting-handler', 400, { code: 'awaiting' }],
      ['the Observable', '/source', 400, { code: 'source' }],
    ])('from %s', async (_whom, path, status, body) => {
      const app = await startApp(platform, { controllers: [Refusing] });
      const answer = await app.open(path);
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect(await answer.json()).toMatchObject(body);
    });
  },
);

describeOnEachPlatform('an error inside the Observable does not crash (#8761, #8730)', (platform) => {
  @Controller()
  class Failing {
    @SseStream('failing')
    failing() {
      return interval(1).pipe(
        map((n) => {
          if (n === 2) throw new Error('inside');
          return n;
        }),
      );
    }

    @SseStream('failing-in-a-promise')
    failingInAPromise() {
      return interval(1).pipe(
        mergeMap(async (n) => (n === 2 ? Promise.reject(new Error('inside')) : Promise.resolve(n))),
      );
    }
  }

  test.each(['/failing', '/failing-in-a-promise'])('the next request is answered (%s)', async (path) => {
    const app = await startApp(platform, { controllers: [Failing] });
    for (let request = 0; request < 3; request++) {
      const stream = await app.open(path);
      await stream.whole();
      expect(stream.events.map(({ event, data }) => event ?? data)).toEqual(['0', '1', 'error']);
    }
    expect(app.hub.connectionCount).toBe(0);
  });
});

/** A handler that proceeds when the test wants it to. */
function slowHandler() {
  let proceed!: (source: unknown) => void;
  let begun!: (signal: AbortSignal) => void;
  const proceeded = new Promise((resolve) => (proceed = resolve));
  const hasBegun = new Promise<AbortSignal>((resolve) => (begun = resolve));
  @Controller()
  class Slow {
    @SseStream('slow')
    async slow(@StreamSignal() signal: AbortSignal) {
      begun(signal);
      return proceeded;
    }
  }
  return { Slow, proceed, hasBegun };
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve());
  });

describeOnEachPlatform('a disconnect while the handler is still awaiting (#17017, #17128)', (platform) => {
  test('aborts the signal', async () => {
    const { Slow, hasBegun } = slowHandler();
    const app = await startApp(platform, { controllers: [Slow] });
    const leave = app.client.send('/slow');
    const signal = await hasBegun;
    expect(signal.aborted).toBe(false);
    leave();
    await aborted(signal);
    expect(app.connectionEvents).toEqual([]);
  });

  test('has the Observable that is returned afterwards not subscribed', async () => {
    const { Slow, hasBegun, proceed } = slowHandler();
    const app = await startApp(platform, { controllers: [Slow] });
    const leave = app.client.send('/slow');
    const signal = await hasBegun;
    leave();
    await aborted(signal);
    let subscribed = 0;
    proceed(new Observable(() => void subscribed++));
    await (await app.open('/nowhere')).whole();
    expect(subscribed).toBe(0);
    expect(app.connectionEvents).toEqual([]);
  });

  test('has the Readable that is returned afterwards destroyed', async () => {
    const { Slow, hasBegun, proceed } = slowHandler();
    const app = await startApp(platform, { controllers: [Slow] });
    const leave = app.client.send('/slow');
    const signal = await hasBegun;
    leave();
    await aborted(signal);
    const readable = new Readable({ objectMode: true, read: () => undefined });
    const closed = new Promise((resolve) => readable.on('close', resolve));
    proceed(readable);
    await closed;
    expect(readable.destroyed).toBe(true);
    expect(app.hub.connectionCount).toBe(0);
  });

  test('does not mind a handler that fails afterwards', async () => {
    const { Slow, hasBegun, proceed } = slowHandler();
    const app = await startApp(platform, { controllers: [Slow] });
    const leave = app.client.send('/slow');
    const signal = await hasBegun;
    leave();
    await aborted(signal);
    proceed(Promise.reject(new Error('gave up')));
    expect((await app.open('/nowhere')).status).toBe(404);
    expect(app.hub.connectionCount).toBe(0);
  });
});

describeOnEachPlatform('a POST with a parsed body (#17098)', (platform) => {
  @Controller()
  class Posting {
    constructor(private readonly hub: SseHub) {}

    @SseStream('follow', { method: RequestMethod.POST })
    async follow(@Body() { topic }: { topic: string }) {
      // The request has been closed by then: its body is consumed.
      await new Promise((resolve) => setTimeout(resolve, 10));
      return this.hub.stream(topic);
    }
  }

  test('is a stream that stays open', async () => {
    const app = await startApp(platform, { controllers: [Posting] });
    const stream = await app.open('/follow', { method: 'POST', body: { topic: 'news' } });
    for (const data of ['a', 'b', 'c']) {
      await app.hub.publish('news', { data });
      expect(await stream.nextEvent()).toMatchObject({ data });
    }
    expect(app.hub.connectionCount).toBe(1);
  });

  test('ends when the client leaves', async () => {
    const app = await startApp(platform, { controllers: [Posting] });
    const stream = await app.open('/follow', { method: 'POST', body: { topic: 'news' } });
    stream.leave();
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
  });
});

describeOnEachPlatform('a source that completes at once loses nothing (#16861)', (platform) => {
  @Controller()
  class Complete {
    @SseStream('one')
    one() {
      return of('only');
    }

    @SseStream('many')
    many() {
      return from(Array.from({ length: 1_000 }, (_, n) => n));
    }

    @SseStream('large')
    large() {
      return of('x'.repeat(900_000));
    }

    @SseStream('larger', { maxSendQueue: 10 })
    larger() {
      return of('x'.repeat(5_000_000));
    }
  }

  test.each([
    ['one item', '/one', 1],
    ['many items', '/many', 1_000],
    ['a large item', '/large', 1],
    ['one item that is larger than the queue', '/larger', 1],
  ])('of %s', async (_what, path, count) => {
    const app = await startApp(platform, { controllers: [Complete] });
    const stream = await app.open(path);
    await stream.whole();
    expect(stream.events).toHaveLength(count);
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'complete' });
  });
});

describeOnEachPlatform('listeners do not pile up under backpressure (#11601)', (platform) => {
  test('however much is sent to a client that does not read', async () => {
    const names = ['drain', 'close', 'error', 'finish', 'pipe', 'unpipe', 'aborted', 'timeout'];
    const count = (response: ServerResponse) => names.map((name) => response.listenerCount(name));
    const counts: number[][] = [];
    @Controller()
    class Sending {
      @SseStream('sending', { maxSendQueue: 1024 ** 3 })
      sending(
        @CurrentConnection() connection: SseConnection,
        @Res({ passthrough: true }) response: ServerResponse,
      ) {
        void (async () => {
          await connection.send({ data: 'first' });
          counts.push(count(raw(response)));
          for (let n = 0; n < 1_000; n++) void connection.send({ data: 'x'.repeat(32 * 1024) });
          counts.push(count(raw(response)));
          connection.close();
        })();
      }
    }
    const app = await startApp(platform, { controllers: [Sending] });
    const stream = await app.open('/sending', { paused: true });
    await app.nextDisconnect();
    expect(counts[1]).toEqual(counts[0]);
    stream.resume();
    await stream.whole();
    expect(stream.events).toHaveLength(1_001);
  });
});

describeOnEachPlatform('the end of a connection is always told, once (#13956)', (platform) => {
  @Controller()
  class Ending {
    constructor(private readonly hub: SseHub) {}

    @SseStream('hub')
    hubStream() {
      return this.hub.stream('news', { user: 'ann' });
    }

    @SseStream('idle')
    idle() {
      return NEVER;
    }

    @SseStream('busy')
    busy() {
      return interval(1);
    }

    @SseStream('short')
    short() {
      return interval(1).pipe(take(3));
    }
  }

  test.each(['/hub', '/idle', '/busy'])('when the client leaves %s', async (path) => {
    const app = await startApp(platform, { controllers: [Ending] });
    const stream = await app.open(path);
    stream.leave();
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
    expect(app.connectionEvents.map(({ type }) => type)).toEqual(['connect', 'disconnect']);
  });

  test.each(['/hub', '/idle', '/busy'])('when the network connection is cut below %s', async (path) => {
    const app = await startApp(platform, { controllers: [Ending] });
    const stream = await app.open(path);
    app.client.close();
    stream.leave();
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
    expect(app.connectionEvents.map(({ type }) => type)).toEqual(['connect', 'disconnect']);
  });

  test('when the source ends', async () => {
    const app = await startApp(platform, { controllers: [Ending] });
    await (await app.open('/short')).whole();
    expect(app.connectionEvents).toMatchObject([
      { type: 'connect' },
      { type: 'disconnect', reason: 'complete' },
    ]);
  });

  test('when the server ends it', async () => {
    const app = await startApp(platform, { controllers: [Ending] });
    const stream = await app.open('/hub');
    await app.hub.disconnect('ann');
    await stream.whole();
    expect(app.connectionEvents).toMatchObject([
      { type: 'connect' },
      { type: 'disconnect', reason: 'disconnected' },
    ]);
  });

  test('when many clients come and go', async () => {
    const app = await startApp(platform, { controllers: [Ending] });
    const streams = await Promise.all(Array.from({ length: 50 }, () => app.open('/hub')));
    expect(app.hub.connectionCount).toBe(50);
    for (const stream of streams) stream.leave();
    for (let end = 0; end < 50; end++) {
      expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
    }
    expect(app.hub.connectionCount).toBe(0);
  });
});

describeOnEachPlatform('the CORS headers of the application are kept, on Fastify too (#8717)', (platform) => {
  test('on a stream and on the answer to its preflight', async () => {
    @Controller()
    class Open {
      @SseStream('open')
      open() {
        return of('a');
      }
    }
    const app = await startApp(platform, { controllers: [Open], configure: (nest) => nest.enableCors() });
    const headers = { origin: 'https://example.com', 'access-control-request-method': 'GET' };
    const stream = await app.open('/open', { headers });
    expect(stream.headers['access-control-allow-origin']).toBe('*');
    const preflight = await app.open('/open', { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe('*');
  });
});

describeOnEachPlatform('compression middleware holds nothing back (#5762)', (platform) => {
  test('of a stream, while it compresses other answers', async () => {
    @Controller()
    class Both {
      constructor(private readonly hub: SseHub) {}

      @SseStream('news')
      news() {
        return this.hub.stream('news');
      }

      @SseStream('refused')
      refused() {
        throw new BadRequestException({ text: 'x'.repeat(10_000) });
      }
    }
    const configure = async (nest: INestApplication) => {
      if (platform.framework === 'express') nest.use(compression());
      else await (nest as NestFastifyApplication).register(fastifyCompress as never);
    };
    const app = await startApp(platform, { controllers: [Both], configure });
    const headers = { 'accept-encoding': 'gzip' };
    const stream = await app.open('/news', { headers });
    for (const data of ['a', 'b']) {
      await app.hub.publish('news', { data });
      expect(await stream.nextEvent()).toMatchObject({ data });
    }
    const refused = await app.open('/refused', { headers });
    expect(refused.headers['content-encoding']).toBe('gzip');
  });
});

describeOnEachPlatform('app.close() ends with open streams (#6643, #9517)', (platform) => {
  test('of every kind', async () => {
    @Controller()
    class Endless {
      constructor(private readonly hub: SseHub) {}

      @SseStream('hub')
      hubStream() {
        return this.hub.stream('news');
      }

      @SseStream('interval')
      interval() {
        return interval(1);
      }

      @SseStream('never')
      never() {
        return NEVER;
      }

      @SseStream('generator')
      async *generator() {
        for (let n = 0; ; n++) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          yield n;
        }
      }
    }
    const app = await startApp(platform, { controllers: [Endless] });
    const paths = ['/hub', '/interval', '/never', '/generator'];
    const streams = await Promise.all(paths.map((path) => app.open(path)));
    await app.nest.close();
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(paths.map(() => 'complete'));
    expect(app.hub.connectionCount).toBe(0);
  });
});

describeOnEachPlatform(
  'streams of one HTTP/2 connection (#17588, #17605)',
  (platform) => {
    @Controller()
    class Streams {
      constructor(private readonly hub: SseHub) {}

      @SseStream('news')
      news() {
        return this.hub.stream('news');
      }

      @SseStream('short')
      short() {
        return of('a');
      }
    }

    test('live beside each other, more than a browser opens on HTTP/1.1', async () => {
      const app = await startApp(platform, { controllers: [Streams] });
      const streams = await Promise.all(Array.from({ length: 20 }, () => app.open('/news')));
      await app.hub.publish('news', { data: 'a' });
      const events = await Promise.all(streams.map((stream) => stream.nextEvent()));
      expect(events.map(({ data }) => data)).toEqual(streams.map(() => 'a'));
    });

    test('end without the others', async () => {
      const app = await startApp(platform, { controllers: [Streams] });
      const [staying, leaving] = [await app.open('/news'), await app.open('/news')];
      leaving.leave();
      await app.nextDisconnect();
      await (await app.open('/short')).whole();
      await app.hub.publish('news', { data: 'a' });
      expect(await staying.nextEvent()).toMatchObject({ data: 'a' });
    });

    test('end with the connection', async () => {
      const app = await startApp(platform, { controllers: [Streams] });
      await Promise.all(Array.from({ length: 5 }, () => app.open('/news')));
      app.client.close();
      for (let end = 0; end < 5; end++) {
        expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
      }
    });

    test('have no header that HTTP/2 forbids', async () => {
      const app = await startApp(platform, { controllers: [Streams] });
      const { headers } = await app.open('/short');
      for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection']) {
        expect(headers).not.toHaveProperty(name);
      }
    });
  },
  platforms.filter(({ httpVersion }) => httpVersion === '2.0'),
);
