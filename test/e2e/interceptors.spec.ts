import { expect, test } from '@jest/globals';
import {
  ConflictException,
  Controller,
  Injectable,
  RequestMethod,
  UseInterceptors,
  type CallHandler,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { SseHub, SseStream } from 'nestjs-sse-hub';
import { concat, EMPTY, NEVER, Observable, of, throwError, timer } from 'rxjs';
import { catchError, delay, map, mergeMap, retry, tap, timeout } from 'rxjs/operators';
import { describeOnEachPlatform, type Platform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

type Place = 'globally' | 'on the class' | 'above the decorator' | 'below the decorator';
const places: Place[] = ['globally', 'on the class', 'above the decorator', 'below the decorator'];
const outside: Place[] = ['globally', 'on the class'];
const onTheMethod: Place[] = ['above the decorator', 'below the decorator'];

type Intercept = (next: CallHandler) => Observable<unknown> | Promise<Observable<unknown>>;

function interceptor(intercept: Intercept): NestInterceptor {
  return { intercept: (_context, next) => intercept(next) };
}

const notHere = (): void => undefined;

/** A controller with a stream of what `make` gives, and the interceptor in its place. */
function intercepted(place: Place, intercept: Intercept, make: () => unknown): Type {
  const at = (here: Place) => (place === here ? UseInterceptors(interceptor(intercept)) : notHere);
  @at('on the class')
  @Controller()
  class Streams {
    @at('above the decorator')
    @SseStream('source', { method: RequestMethod.ALL })
    @at('below the decorator')
    source() {
      return make();
    }
  }
  return Streams;
}

function start(platform: Platform, place: Place, intercept: Intercept, make: () => unknown = two) {
  return startApp(platform, {
    controllers: [intercepted(place, intercept, make)],
    configure: (nest) => place === 'globally' && nest.useGlobalInterceptors(interceptor(intercept)),
  });
}

const conflict = () => throwError(() => new ConflictException('taken'));
const two = () => of('a', 'b');
const TWO = 'data:a\n\ndata:b\n\n';

/** What an Observable that never ends and is counted may do. */
function counted() {
  const state = { subscribed: 0, unsubscribed: 0 };
  const source = new Observable((subscriber) => {
    state.subscribed++;
    subscriber.next('a');
    return () => {
      state.unsubscribed++;
    };
  });
  return { state, source };
}

describeOnEachPlatform('an interceptor', (platform) => {
  test.each(places)('%s may map what it sees: the stream is not what it sees', async (place) => {
    const app = await start(platform, place, (next) =>
      next.handle().pipe(map((value) => ({ wrapped: value }))),
    );
    expect(await (await app.open('/source')).whole()).toBe(TWO);
  });

  test.each(places)('%s sees one value, once', async (place) => {
    const seen: unknown[] = [];
    const app = await start(platform, place, (next) => next.handle().pipe(tap((value) => seen.push(value))));
    await (await app.open('/source')).whole();
    expect(seen).toHaveLength(1);
  });

  test.each(places)('%s may delay the handler', async (place) => {
    const app = await start(platform, place, (next) => timer(10).pipe(mergeMap(() => next.handle())));
    expect(await (await app.open('/source')).whole()).toBe(TWO);
  });

  test.each(places)('%s may delay what it sees', async (place) => {
    const app = await start(platform, place, (next) => next.handle().pipe(delay(10)));
    expect(await (await app.open('/source')).whole()).toBe(TWO);
  });

  test.each(places)('%s may be asynchronous', async (place) => {
    const app = await start(platform, place, async (next) => Promise.resolve(next.handle()));
    expect(await (await app.open('/source')).whole()).toBe(TWO);
  });

  test.each(places)('%s may add values: the stream is sent once', async (place) => {
    const app = await start(platform, place, (next) => concat(of('before'), next.handle(), of('after')));
    expect(await (await app.open('/source')).whole()).toBe(TWO);
  });

  test.each(places)('%s may throw before the handler, which is an HTTP answer', async (place) => {
    const { state, source } = counted();
    const app = await start(
      platform,
      place,
      () => {
        throw new ConflictException('taken');
      },
      () => source,
    );
    const answer = await app.open('/source');
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ message: 'taken' });
    expect(state).toEqual({ subscribed: 0, unsubscribed: 0 });
    expect(app.connectionEvents).toEqual([]);
  });

  test.each(onTheMethod)('%s may throw after the handler, which is an HTTP answer', async (place) => {
    const { state, source } = counted();
    const app = await start(
      platform,
      place,
      (next) => next.handle().pipe(mergeMap(conflict)),
      () => source,
    );
    const answer = await app.open('/source');
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ message: 'taken' });
    expect(state).toEqual({ subscribed: 0, unsubscribed: 0 });
    expect(app.connectionEvents).toEqual([]);
  });

  test.each(outside)('%s may throw when the head has been sent: the stream ends', async (place) => {
    const { state, source } = counted();
    const app = await start(
      platform,
      place,
      (next) => next.handle().pipe(mergeMap(conflict)),
      () => source,
    );
    const stream = await app.open('/source');
    expect(stream.status).toBe(200);
    await stream.ended;
    await app.nextDisconnect();
    expect(state).toEqual({ subscribed: 1, unsubscribed: 1 });
    expect(app.hub.connectionCount).toBe(0);
  });

  test.each(places)('%s may make another error of an error', async (place) => {
    const toConflict = catchError(() => throwError(() => new ConflictException('taken')));
    const app = await start(
      platform,
      place,
      (next) => next.handle().pipe(toConflict),
      () => {
        throw new Error('a secret');
      },
    );
    const answer = await app.open('/source');
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ message: 'taken' });
  });

  test.each(places)('%s may answer in place of an error', async (place) => {
    const app = await start(
      platform,
      place,
      (next) => next.handle().pipe(catchError(() => of({ sorry: true }))),
      () => {
        throw new Error('a secret');
      },
    );
    const answer = await app.open('/source');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ sorry: true });
    expect(app.connectionEvents).toEqual([]);
  });

  test.each(places)('%s may try the handler again', async (place) => {
    let tries = 0;
    const app = await start(
      platform,
      place,
      (next) => next.handle().pipe(retry(2)),
      () => {
        if (++tries < 3) throw new Error('not yet');
        return two();
      },
    );
    expect(await (await app.open('/source')).whole()).toBe(TWO);
    expect(tries).toBe(3);
  });

  test.each(places)('%s may answer without calling the handler', async (place) => {
    const { state, source } = counted();
    const app = await start(
      platform,
      place,
      () => of({ cached: true }),
      () => source,
    );
    const answer = await app.open('/source');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(await answer.json()).toEqual({ cached: true });
    expect(state.subscribed).toBe(0);
    expect(app.connectionEvents).toEqual([]);
  });

  test.each(places)('%s that answers with what it has kept from another stream is a 500', async (place) => {
    let kept: unknown;
    const app = await start(platform, place, (next) =>
      kept === undefined ? next.handle().pipe(tap((value) => (kept = value))) : of(kept),
    );
    expect(await (await app.open('/source')).whole()).toBe(TWO);
    const answer = await app.open('/source');
    expect(answer.status).toBe(500);
    expect(await answer.ended).toBe('complete');
    expect(answer.text).not.toContain('interceptor');
    expect(app.connectionEvents).toHaveLength(2);
  });

  test.each(places)('%s may give up on a handler that takes too long', async (place) => {
    let release!: (value: unknown) => void;
    const late = new Promise((resolve) => (release = resolve));
    const giveUp = timeout({ first: 10, with: () => throwError(() => new ConflictException('too slow')) });
    const app = await start(
      platform,
      place,
      (next) => next.handle().pipe(giveUp),
      () => late,
    );
    const answer = await app.open('/source');
    expect(answer.status).toBe(409);
    const stopped = new Promise<void>((resolve) => {
      release(
        new ReadableStream({
          cancel: () => resolve(),
        }),
      );
    });
    await stopped;
    expect(app.connectionEvents).toEqual([]);
  });

  test.each(onTheMethod)('%s that swallows everything: the stream is sent all the same', async (place) => {
    const app = await start(platform, place, (next) => next.handle().pipe(mergeMap(() => EMPTY)));
    expect(await (await app.open('/source')).whole()).toBe(TWO);
  });

  test.each(places)('%s does not keep a client that leaves while it waits', async (place) => {
    let waiting!: () => void;
    const waits = new Promise<void>((resolve) => (waiting = resolve));
    let handled = 0;
    let goOn!: () => void;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    let answered!: () => void;
    const hasAnswered = new Promise<void>((resolve) => (answered = resolve));
    const app = await start(
      platform,
      place,
      (next) => {
        waiting();
        return timer(0).pipe(
          mergeMap(() => gate),
          mergeMap(() => next.handle()),
          tap({ finalize: answered }),
        );
      },
      () => {
        handled++;
        return NEVER;
      },
    );
    const leave = app.client.send('/source');
    await waits;
    leave();
    await (
      await app.open('/nowhere')
    ).ended;
    goOn();
    await hasAnswered;
    expect(handled).toBeLessThanOrEqual(1);
    expect(app.hub.connectionCount).toBe(0);
    expect(app.connectionEvents).toEqual([]);
  });
});

@Injectable()
class Exclaiming implements NestInterceptor {
  constructor(private readonly hub: SseHub) {}

  async intercept(_context: unknown, next: CallHandler) {
    await this.hub.publish('visits', { data: 'a visit' });
    return next.handle();
  }
}

describeOnEachPlatform('an interceptor of the application', (platform) => {
  test('may use what it is given, and the hub among it', async () => {
    @UseInterceptors(Exclaiming)
    @Controller()
    class Visits {
      constructor(private readonly hub: SseHub) {}

      @SseStream('visits')
      visits() {
        return this.hub.stream('visits', { start: 'earliest' });
      }
    }
    const app = await startApp(platform, { controllers: [Visits] });
    expect(await (await app.open('/visits')).nextEvent()).toMatchObject({ data: 'a visit' });
  });
});
