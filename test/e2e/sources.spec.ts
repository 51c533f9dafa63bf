import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { Controller, type Type } from '@nestjs/common';
import { CurrentConnection, SseStream, type SseConnection } from 'nestjs-sse-hub';
import { concat, interval, NEVER, Observable, of } from 'rxjs';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp, type RunningApp } from '../support/start-app.js';

/** A controller with a route that streams what `make` gives, and another that is always quick. */
function streaming(make: () => unknown): Type {
  @Controller()
  class Streams {
    @SseStream('source')
    source(@CurrentConnection() _connection: SseConnection) {
      return make();
    }

    @SseStream('quick')
    quick() {
      return of('quick');
    }
  }
  return Streams;
}

/** Something that a test waits for. */
class Signal {
  readonly promise: Promise<void>;
  fire!: () => void;
  fired = false;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.fire = () => {
        this.fired = true;
        resolve();
      };
    });
  }
}

const ITEM = 'x'.repeat(64 * 1024);
const ITEMS = 2_000;
// What the buffers of two sockets and of a stream or two may hold; far from all the items.
const TAKEN_AT_MOST = 600;

/** A long source of large items, that counts what it is asked for and tells its end. */
class LongSource {
  asked = 0;
  readonly begun = new Signal();
  readonly stopped = new Signal();

  async *generator() {
    try {
      while (this.asked < ITEMS) {
        this.asked++;
        this.begun.fire();
        yield ITEM;
      }
    } finally {
      this.stopped.fire();
    }
  }

  iterable(): AsyncIterable<string> {
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          this.asked++;
          this.begun.fire();
          return Promise.resolve({ done: false, value: ITEM });
        },
        return: () => {
          this.stopped.fire();
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  }

  readable(): Readable {
    return Readable.from(this.generator());
  }

  webStream(): ReadableStream<string> {
    return new ReadableStream({
      pull: (controller) => {
        this.asked++;
        this.begun.fire();
        controller.enqueue(ITEM);
      },
      cancel: () => this.stopped.fire(),
    });
  }
}

/** As many turns of the server as many requests take: a source that is not held back gives everything meanwhile. */
async function serveOthers(app: RunningApp): Promise<void> {
  for (let request = 0; request < 30; request++) await (await app.open('/quick')).whole();
}

describeOnEachPlatform('a source that can be paused', (platform) => {
  const kinds = ['generator', 'iterable', 'readable', 'webStream'] as const;

  test.each(kinds)('is not asked for more than the client takes (%s)', async (kind) => {
    const source = new LongSource();
    const app = await startApp(platform, { controllers: [streaming(() => source[kind]())] });
    const stream = await app.open('/source', { paused: true });
    await source.begun.promise;
    await serveOthers(app);
    expect(source.asked).toBeLessThan(TAKEN_AT_MOST);
    const askedBefore = source.asked;
    stream.resume();
    await stream.until(() => stream.events.length > askedBefore + 100);
    expect(stream.events.every(({ data }) => data === ITEM)).toBe(true);
  });

  test.each(kinds)('is ended when the client leaves (%s)', async (kind) => {
    const source = new LongSource();
    const app = await startApp(platform, { controllers: [streaming(() => source[kind]())] });
    const stream = await app.open('/source', { paused: true });
    await source.begun.promise;
    stream.leave();
    await source.stopped.promise;
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
  });
});

/** Sources that give one item and then nothing, each telling when it has been ended. */
const idleSources: Record<string, (stopped: Signal) => unknown> = {
  'an async iterable': (stopped) => {
    let given = false;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          if (given) return new Promise(() => undefined);
          given = true;
          return Promise.resolve({ done: false, value: 'first' });
        },
        return: () => {
          stopped.fire();
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
  },
  'a Node Readable': (stopped) => {
    const readable = new Readable({
      objectMode: true,
      read: () => undefined,
      destroy: (error, callback) => {
        stopped.fire();
        callback(error);
      },
    });
    readable.push('first');
    return readable;
  },
  'a web ReadableStream': (stopped) =>
    new ReadableStream({
      start: (controller) => controller.enqueue('first'),
      cancel: () => stopped.fire(),
    }),
  'an Observable': (stopped) => concat(of('first'), new Observable(() => () => stopped.fire())),
};

describeOnEachPlatform('a source that is idle', (platform) => {
  const kinds = Object.keys(idleSources);
  const start = (kind: string, stopped: Signal) =>
    startApp(platform, { controllers: [streaming(() => idleSources[kind]!(stopped))] });

  test.each(kinds)('is ended when the client leaves: %s', async (kind) => {
    const stopped = new Signal();
    const app = await start(kind, stopped);
    const stream = await app.open('/source');
    await stream.nextEvent();
    stream.leave();
    await stopped.promise;
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
  });

  test.each(kinds)('is ended when the application shuts down: %s', async (kind) => {
    const stopped = new Signal();
    const app = await start(kind, stopped);
    const stream = await app.open('/source');
    await stream.nextEvent();
    await app.nest.close();
    expect(stopped.fired).toBe(true);
    expect(await stream.ended).toBe('complete');
  });

  test.each(kinds)('is ended when a HEAD asks for it, before it has begun: %s', async (kind) => {
    const stopped = new Signal();
    const app = await start(kind, stopped);
    const answer = await app.open('/source', { method: 'HEAD' });
    expect(await answer.whole()).toBe('');
    // Nothing has subscribed the Observable.
    if (kind !== 'an Observable') await stopped.promise;
    expect(stopped.fired).toBe(kind !== 'an Observable');
  });
});

/** Sources whose end fails. */
const stubbornSources: Record<string, () => unknown> = {
  'an Observable whose teardown throws': () =>
    concat(
      of('first'),
      new Observable(() => () => {
        throw new Error('teardown failed');
      }),
    ),
  'an iterator whose return() throws': () =>
    endingWith(() => {
      throw new Error('return failed');
    }),
  'an iterator whose return() rejects': () => endingWith(() => Promise.reject(new Error('return failed'))),
  'an iterator whose return() gives nothing': () => endingWith(() => undefined),
  'an iterator without return()': () => endingWith(undefined),
  'a Readable whose destruction fails': () => {
    const readable = new Readable({
      objectMode: true,
      read: () => undefined,
      destroy: (_error, callback) => callback(new Error('destruction failed')),
    });
    readable.push('first');
    return readable;
  },
  'a web stream whose cancel() throws': () =>
    new ReadableStream({
      start: (controller) => controller.enqueue('first'),
      cancel: () => {
        throw new Error('cancel failed');
      },
    }),
};

function endingWith(end: (() => unknown) | undefined) {
  let given = false;
  const next = () => {
    if (given) return new Promise(() => undefined);
    given = true;
    return Promise.resolve({ done: false, value: 'first' });
  };
  return { [Symbol.asyncIterator]: () => ({ next, ...(end && { return: end }) }) };
}

describeOnEachPlatform('a source that cannot be ended properly', (platform) => {
  test.each(Object.keys(stubbornSources))('does not keep its connection: %s', async (kind) => {
    const app = await startApp(platform, { controllers: [streaming(stubbornSources[kind]!)] });
    const stream = await app.open('/source');
    await stream.nextEvent();
    stream.leave();
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
    expect(app.hub.connectionCount).toBe(0);
  });
});

function locked(): ReadableStream {
  const stream = ReadableStream.from(['a']);
  stream.getReader();
  return stream;
}

describeOnEachPlatform('a web stream that somebody else reads', (platform) => {
  test('is a 500', async () => {
    const app = await startApp(platform, { controllers: [streaming(locked)] });
    expect((await app.open('/source')).status).toBe(500);
  });

  test('is let be by a HEAD', async () => {
    const app = await startApp(platform, { controllers: [streaming(locked)] });
    expect((await app.open('/source', { method: 'HEAD' })).status).toBe(200);
  });
});

describeOnEachPlatform('an Observable', (platform) => {
  test('that emits on and on is unsubscribed when the client leaves', async () => {
    const stopped = new Signal();
    const source = new Observable<number>((subscriber) => {
      const subscription = interval(1).subscribe(subscriber);
      return () => {
        subscription.unsubscribe();
        stopped.fire();
      };
    });
    const app = await startApp(platform, { controllers: [streaming(() => source)] });
    const stream = await app.open('/source');
    expect(await stream.nextData(3)).toEqual(['0', '1', '2']);
    stream.leave();
    await stopped.promise;
  });

  test('that emits without end while it is being subscribed is stopped when the queue is full', async () => {
    const app = await startApp(platform, {
      controllers: [
        streaming(
          () =>
            new Observable((subscriber) => {
              while (!subscriber.closed) subscriber.next(ITEM);
            }),
        ),
      ],
    });
    const answer = await app.open('/source');
    expect(answer.status).toBe(500);
    expect(await answer.ended).toBe('complete');
  });

  test('that never emits keeps the stream open', async () => {
    const app = await startApp(platform, { controllers: [streaming(() => NEVER)] });
    const stream = await app.open('/source');
    expect(stream.status).toBe(200);
    expect(app.hub.connectionCount).toBe(1);
  });
});

describeOnEachPlatform('the queue of a client that does not read', (platform) => {
  test('closes the connection as queue-full when an Observable emits more than fits', async () => {
    // More than the system's buffers take, so that something is left to be dropped.
    const sse = { maxSendQueue: 32 * 1024 * 1024 };
    const source = new Observable<string>((subscriber) => {
      const timer = setInterval(() => {
        for (let item = 0; item < 50; item++) subscriber.next(ITEM);
      });
      return () => clearInterval(timer);
    });
    const app = await startApp(platform, { controllers: [streaming(() => source)], sse });
    const stream = await app.open('/source', { paused: true });
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'queue-full' });
    stream.resume();
    expect(await stream.ended).toBe('cut');
  });

  test('closes the connection as queue-full when send() is not awaited', async () => {
    const errors: unknown[] = [];
    @Controller()
    class Sends {
      @SseStream('sends', { maxSendQueue: 100_000 })
      sends(@CurrentConnection() connection: SseConnection) {
        const timer = setInterval(() => {
          for (let item = 0; item < 50; item++) {
            connection.send({ data: ITEM }).catch((error: { code: string }) => errors.push(error.code));
          }
          if (connection.closeReason !== undefined) clearInterval(timer);
        });
      }
    }
    const app = await startApp(platform, { controllers: [Sends] });
    await app.open('/sends', { paused: true });
    const { reason, connection } = await app.nextDisconnect();
    expect(reason).toBe('queue-full');
    await expect(connection.send({ data: 'late' })).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(errors).toContain('QUEUE_FULL');
  });

  test('never fills when send() is awaited', async () => {
    let sent = 0;
    const all = new Signal();
    @Controller()
    class Sends {
      @SseStream('sends', { maxSendQueue: 1 })
      async sends(@CurrentConnection() connection: SseConnection) {
        void (async () => {
          for (; sent < 400; sent++) await connection.send({ data: ITEM });
          connection.close();
          all.fire();
        })();
        return Promise.resolve();
      }
    }
    const app = await startApp(platform, { controllers: [Sends] });
    const stream = await app.open('/sends');
    await all.promise;
    await stream.whole();
    expect(stream.events).toHaveLength(400);
    expect(await app.nextDisconnect()).toMatchObject({ reason: 'closed' });
  });
});
