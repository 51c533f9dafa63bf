import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { BadGatewayException, ConflictException, Controller, HttpException, type Type } from '@nestjs/common';
import {
  CurrentConnection,
  SseHub,
  SseStream,
  type SseConnection,
  type SseStreamOptions,
} from 'nestjs-sse-hub';
import { concat, NEVER, of, throwError, timer } from 'rxjs';
import { map, mergeMap } from 'rxjs/operators';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

const INTERNAL = '{"statusCode":500,"message":"Internal server error"}';

/** A controller with a stream of what `make` gives. */
function streaming(make: () => unknown, options: SseStreamOptions = {}): Type {
  @Controller()
  class Streams {
    @SseStream('source', options)
    source() {
      return make();
    }
  }
  return Streams;
}

async function* failing(error: unknown, ...items: string[]) {
  for (const item of items) yield await Promise.resolve(item);
  throw error;
}

const secret = () => new Error('a secret of the database');

/** Sources that fail before they have given anything. */
const earlyFailures: Record<string, (error: unknown) => unknown> = {
  'a handler that throws': (error) => {
    throw error;
  },
  'a handler that rejects': (error) => Promise.reject(error),
  'an Observable': (error) => throwError(() => error),
  'an async generator': (error) => failing(error),
  'a Readable': (error) => Readable.from(failing(error)),
  'a web ReadableStream': (error) => ReadableStream.from(failing(error)),
};

describeOnEachPlatform('what fails before the head', (platform) => {
  const kinds = Object.keys(earlyFailures);

  test.each(kinds)('is an HTTP answer with the status and the body of an HttpException: %s', async (kind) => {
    const make = () => earlyFailures[kind]!(new ConflictException({ reason: 'taken' }));
    const app = await startApp(platform, { controllers: [streaming(make)] });
    const answer = await app.open('/source');
    expect(answer.status).toBe(409);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.headers['cache-control']).toBeUndefined();
    expect(await answer.json()).toEqual({ reason: 'taken' });
    expect(app.connectionEvents).toEqual([]);
  });

  test.each(kinds)('is a 500 that tells nothing of another error: %s', async (kind) => {
    const app = await startApp(platform, { controllers: [streaming(() => earlyFailures[kind]!(secret()))] });
    const answer = await app.open('/source');
    expect(answer.status).toBe(500);
    expect(await answer.whole()).toBe(INTERNAL);
  });
});

async function* failingLater(error: unknown) {
  yield 'a';
  await new Promise((resolve) => setTimeout(resolve, 5));
  throw error;
}

describeOnEachPlatform('what fails after the head', (platform) => {
  const lateFailures: Record<string, (error: unknown) => unknown> = {
    'an Observable': (error) => concat(of('a'), timer(5).pipe(mergeMap(() => throwError(() => error)))),
    'an operator of an Observable': (error) =>
      concat(
        of('a'),
        timer(5).pipe(
          map(() => {
            throw error;
          }),
        ),
      ),
    'an async generator': (error) => failingLater(error),
    'a Readable': (error) => Readable.from(failingLater(error)),
    'a web ReadableStream': (error) => ReadableStream.from(failingLater(error)),
  };

  const kinds = Object.keys(lateFailures);

  test.each(kinds)('is an error event that tells nothing, and the end: %s', async (kind) => {
    const errors: unknown[] = [];
    const error = secret();
    const app = await startApp(platform, {
      controllers: [streaming(() => lateFailures[kind]!(error))],
      sse: { onError: (told, origin) => errors.push([told, origin]) },
    });
    const stream = await app.open('/source');
    expect(await stream.whole()).toBe(`data:a\n\nevent:error\ndata:${INTERNAL}\n\n`);
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'error' });
    expect(errors).toEqual([[error, 'stream']]);
  });

  test.each(kinds)('is an error event with the body of an HttpException: %s', async (kind) => {
    const make = () => lateFailures[kind]!(new BadGatewayException('the exchange is closed'));
    const app = await startApp(platform, { controllers: [streaming(make)] });
    const stream = await app.open('/source');
    await stream.whole();
    expect(JSON.parse(stream.events.at(-1)!.data)).toEqual({
      statusCode: 502,
      message: 'the exchange is closed',
      error: 'Bad Gateway',
    });
  });

  test('tells neither the cause nor the options of an HttpException', async () => {
    const error = new HttpException('public', 503, { cause: secret(), description: 'described' });
    const app = await startApp(platform, {
      controllers: [streaming(() => lateFailures['an Observable']!(error))],
    });
    expect(await (await app.open('/source')).whole()).not.toContain('secret');
  });

  test('in the filter of a hub stream ends that stream and no other', async () => {
    @Controller()
    class Filtered {
      constructor(private readonly hub: SseHub) {}

      @SseStream('filtered')
      filtered() {
        return this.hub.stream('news', {
          filter: () => {
            throw secret();
          },
        });
      }

      @SseStream('all')
      all() {
        return this.hub.stream('news');
      }
    }
    const app = await startApp(platform, { controllers: [Filtered] });
    const [filtered, all] = [await app.open('/filtered'), await app.open('/all')];
    await app.hub.publish('news', { data: 'x' });
    expect(await filtered.whole()).not.toContain('secret');
    expect(filtered.events).toEqual([{ event: 'error', data: INTERNAL, id: undefined }]);
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'filter-failed' });
    expect(await all.nextEvent()).toMatchObject({ data: 'x' });
  });

  test('in send() is the business of who has called it', async () => {
    @Controller()
    class Sends {
      @SseStream('sends')
      async sends(@CurrentConnection() connection: SseConnection) {
        await connection.send({ data: 'a' });
        const code = await connection.send({ data: 1n }).catch((error: { code: string }) => error.code);
        await connection.send({ data: code });
        connection.close();
      }
    }
    const app = await startApp(platform, { controllers: [Sends] });
    expect(await (await app.open('/sends')).whole()).toBe('data:a\n\ndata:INVALID_DATA\n\n');
  });

  test('in a handler that has already sent something is an error event', async () => {
    @Controller()
    class Sends {
      @SseStream('sends')
      async sends(@CurrentConnection() connection: SseConnection) {
        await connection.send({ data: 'a' });
        throw new ConflictException('too late');
      }
    }
    const app = await startApp(platform, { controllers: [Sends] });
    const stream = await app.open('/sends');
    expect(stream.status).toBe(200);
    await stream.whole();
    expect(stream.events.map(({ event }) => event)).toEqual([undefined, 'error']);
    expect(JSON.parse(stream.events[1]!.data)).toMatchObject({ statusCode: 409 });
  });
});

/** Sources that say nothing for a while. */
const late = {
  failure: (milliseconds = 20) =>
    timer(milliseconds).pipe(mergeMap(() => throwError(() => new ConflictException('taken')))),
  event: () => concat(timer(20).pipe(map(() => 'a')), NEVER),
  end: () => timer(20).pipe(mergeMap(() => [])),
};

describeOnEachPlatform("headAfter: 'first-event'", (platform) => {
  const options: SseStreamOptions = { headAfter: 'first-event' };

  test('makes an HTTP answer of what fails late', async () => {
    const app = await startApp(platform, { controllers: [streaming(() => late.failure(), options)] });
    const answer = await app.open('/source');
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ message: 'taken' });
    expect(app.connectionEvents).toEqual([]);
  });

  test('sends the head with the first event', async () => {
    const app = await startApp(platform, { controllers: [streaming(late.event, options)] });
    const stream = await app.open('/source');
    expect(stream.status).toBe(200);
    expect(await stream.nextEvent()).toMatchObject({ data: 'a' });
  });

  test('sends the head when the source has ended without an event', async () => {
    const app = await startApp(platform, { controllers: [streaming(late.end, options)] });
    const stream = await app.open('/source');
    expect(stream.status).toBe(200);
    expect(await stream.whole()).toBe('');
  });

  test('sends the head all the same after headTimeout', async () => {
    const app = await startApp(platform, {
      controllers: [streaming(() => NEVER, { ...options, headTimeout: 20 })],
    });
    const stream = await app.open('/source');
    expect(stream.status).toBe(200);
    expect(app.hub.connectionCount).toBe(1);
  });

  test('makes an error event of what fails after headTimeout', async () => {
    const app = await startApp(platform, {
      controllers: [streaming(() => late.failure(100), { ...options, headTimeout: 1 })],
    });
    const stream = await app.open('/source');
    expect(stream.status).toBe(200);
    await stream.whole();
    expect(stream.events).toMatchObject([{ event: 'error' }]);
  });

  test('ends the source when the client leaves before the head', async () => {
    let begun!: () => void;
    let stopped!: () => void;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const hasStopped = new Promise<void>((resolve) => (stopped = resolve));
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          begun();
          return new Promise(() => undefined);
        },
        return: () => {
          stopped();
          return Promise.resolve({ done: true });
        },
      }),
    };
    const app = await startApp(platform, { controllers: [streaming(() => source, options)] });
    const leave = app.client.send('/source');
    await hasBegun;
    leave();
    await hasStopped;
    expect(app.connectionEvents).toEqual([]);
  });

  test('sends the head of a hub stream at once: its first block is its first event', async () => {
    @Controller()
    class News {
      constructor(private readonly hub: SseHub) {}

      @SseStream('news', options)
      news() {
        return this.hub.stream('news');
      }
    }
    const app = await startApp(platform, { controllers: [News] });
    const stream = await app.open('/news');
    await stream.untilText('id:');
    expect(stream.status).toBe(200);
  });
});
