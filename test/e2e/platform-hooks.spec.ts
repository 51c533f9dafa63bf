import { pipeline, Readable, Transform } from 'node:stream';
import { createConnection } from 'node:net';
import { expect, test } from '@jest/globals';
import {
  Catch,
  Controller,
  HttpCode,
  Req,
  Res,
  type ArgumentsHost,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SseHub, SseStream } from 'nestjs-sse-hub';
import { concat, Observable, of, throwError, timer } from 'rxjs';
import { mergeMap } from 'rxjs/operators';
import { describeOnEachPlatform, expressHttp1, platforms } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

const onFastify = platforms.filter(({ framework }) => framework === 'fastify');
const onHttp1 = platforms.filter(({ httpVersion }) => httpVersion === '1.1');

@Controller()
class Streams {
  readonly ends: string[] = [];

  constructor(private readonly hub: SseHub) {}

  @SseStream('two')
  two() {
    return of('a', 'b');
  }

  @SseStream('idle')
  idle() {
    return concat(of('a'), new Observable(() => () => this.ends.push('idle')));
  }

  @SseStream('news')
  news() {
    return this.hub.stream('news');
  }
}

interface FastifyRequest {
  readonly url: string;
}

interface FastifyReply {
  header(name: string, value: string): unknown;
  getHeader(name: string): unknown;
}

/** Has Fastify call an onSend hook before it sends an answer. */
function onSend(hook: (request: FastifyRequest, reply: FastifyReply, payload: unknown) => Promise<unknown>) {
  return (nest: INestApplication) => {
    (nest as NestFastifyApplication).getHttpAdapter().getInstance().addHook('onSend', hook);
  };
}

const passOn = () => new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });

/** What a hook may do with the body of an answer. */
const transformations: Record<string, (payload: Readable) => Readable> = {
  'pipe()': (payload) => payload.pipe(passOn()),
  'pipeline()': (payload) => pipeline(payload, passOn(), () => undefined),
};

describeOnEachPlatform(
  "an onSend hook of Fastify's",
  (platform) => {
    test('runs for a stream, and may set headers', async () => {
      const app = await startApp(platform, {
        controllers: [Streams],
        configure: onSend(async (_request, reply) => void reply.header('x-send', 'yes')),
      });
      const stream = await app.open('/two');
      expect(stream.headers).toMatchObject({ 'x-send': 'yes' });
      expect(await stream.whole()).toBe('data:a\n\ndata:b\n\n');
    });

    test('may take its time', async () => {
      const app = await startApp(platform, {
        controllers: [Streams],
        configure: onSend(async () => new Promise((resolve) => setTimeout(resolve, 20))),
      });
      expect(await (await app.open('/two')).whole()).toBe('data:a\n\ndata:b\n\n');
    });

    test('that takes its time does not keep a client that leaves meanwhile', async () => {
      let sending!: () => void;
      let proceed!: () => void;
      const isSending = new Promise<void>((resolve) => (sending = resolve));
      const gate = new Promise<void>((resolve) => (proceed = resolve));
      const app = await startApp(platform, {
        controllers: [Streams],
        configure: onSend(async (request) => {
          if (request.url !== '/idle') return;
          sending();
          await gate;
        }),
      });
      const leave = app.client.send('/idle');
      await isSending;
      leave();
      await (await app.open('/two')).whole();
      proceed();
      await (await app.open('/two')).whole();
      expect(app.nest.get(Streams).ends).toEqual(['idle']);
      expect(app.connectionEvents).toHaveLength(4);
    });

    test('that fails is an HTTP error, and ends the source', async () => {
      const app = await startApp(platform, {
        controllers: [Streams],
        configure: onSend(async (_request, reply) => {
          if (reply.getHeader('content-type') === 'text/event-stream') throw new Error('a secret');
        }),
      });
      const answer = await app.open('/idle');
      expect(answer.status).toBe(500);
      expect(await answer.whole()).not.toContain('secret');
      expect(app.nest.get(Streams).ends).toEqual(['idle']);
      expect(app.connectionEvents).toEqual([]);
    });

    test.each(Object.keys(transformations))(
      'that transforms streams is an HTTP error instead of holding events back: %s',
      async (kind) => {
        const transform = transformations[kind]!;
        const app = await startApp(platform, {
          controllers: [Streams],
          configure: onSend(async (_request, _reply, payload) =>
            payload instanceof Readable ? transform(payload) : payload,
          ),
        });
        const answer = await app.open('/idle');
        expect(answer.status).toBe(500);
        expect(await answer.ended).toBe('complete');
        expect(app.nest.get(Streams).ends).toEqual(['idle']);
        expect(app.connectionEvents).toEqual([]);
      },
    );

    test('with a callback that transforms streams is an HTTP error too', async () => {
      const app = await startApp(platform, {
        controllers: [Streams],
        configure: (nest) => {
          const fastify = (nest as NestFastifyApplication).getHttpAdapter().getInstance();
          fastify.addHook('onSend', (_request, _reply, payload, done) => {
            done(null, payload instanceof Readable ? payload.pipe(passOn()) : payload);
          });
        },
      });
      const answer = await app.open('/idle');
      expect(answer.status).toBe(500);
      expect(await answer.ended).toBe('complete');
      expect(app.nest.get(Streams).ends).toEqual(['idle']);
      expect(app.connectionEvents).toEqual([]);
    });
  },
  onFastify,
);

interface Reply {
  status(code: number): Reply;
  send(body: unknown): unknown;
  redirect(...args: unknown[]): unknown;
}

describeOnEachPlatform('a handler that answers by itself', (platform) => {
  @Controller()
  class Answering {
    constructor(private readonly hub: SseHub) {}

    @SseStream('passthrough')
    passthrough(@Res({ passthrough: true }) reply: Reply) {
      reply.status(404).send({ no: 'such stream' });
    }

    @SseStream('taken')
    taken(@Res() reply: Reply) {
      reply.status(404).send({ no: 'such stream' });
    }

    @SseStream('taken-late')
    async takenLate(@Res() reply: Reply) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      reply.status(404).send({ no: 'such stream' });
    }

    @SseStream('with-a-source')
    withASource(@Res({ passthrough: true }) reply: Reply) {
      reply.status(404).send({ no: 'such stream' });
      return this.hub.stream('news');
    }

    @SseStream('response-and-stream')
    responseAndStream(@Res() reply: Reply, @Req() _request: unknown) {
      reply.status(200);
      return of('a', 'b');
    }
  }

  test.each(['/passthrough', '/taken', '/taken-late', '/with-a-source'])(
    'is left alone (%s)',
    async (path) => {
      const app = await startApp(platform, { controllers: [Answering] });
      const answer = await app.open(path);
      expect(answer.status).toBe(404);
      expect(await answer.json()).toEqual({ no: 'such stream' });
      expect(app.connectionEvents).toEqual([]);
    },
  );

  test('may take the response and return a stream all the same', async () => {
    const app = await startApp(platform, { controllers: [Answering] });
    expect(await (await app.open('/response-and-stream')).whole()).toBe('data:a\n\ndata:b\n\n');
  });
});

@Catch()
class CatchAll implements ExceptionFilter {
  caught = 0;

  catch(error: Error, host: ArgumentsHost): void {
    this.caught++;
    host.switchToHttp().getResponse<Reply>().status(500).send({ told: error.message });
  }
}

describeOnEachPlatform('a filter for everything', (platform) => {
  @Controller()
  class Failing {
    @SseStream('early')
    early() {
      return throwError(() => new Error('early'));
    }

    @SseStream('late')
    late() {
      return concat(of('a'), timer(5).pipe(mergeMap(() => throwError(() => new Error('late')))));
    }
  }

  test('answers what fails before the head', async () => {
    const app = await startApp(platform, {
      controllers: [Failing],
      configure: (nest) => nest.useGlobalFilters(new CatchAll()),
    });
    const answer = await app.open('/early');
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({ told: 'early' });
  });

  test('is not asked about what fails afterwards', async () => {
    const filter = new CatchAll();
    const app = await startApp(platform, {
      controllers: [Failing],
      configure: (nest) => nest.useGlobalFilters(filter),
    });
    const stream = await app.open('/late');
    await stream.whole();
    expect(stream.events.map(({ event, data }) => event ?? data)).toEqual(['a', 'error']);
    expect(filter.caught).toBe(0);
  });
});

abstract class Base {
  constructor(protected readonly hub: SseHub) {}

  @SseStream('inherited')
  @HttpCode(202)
  inherited(@Req() request: { url: string }) {
    return of(`${this.topic()} ${request.url}`);
  }

  protected abstract topic(): string;
}

@Controller('one')
class One extends Base {
  protected topic() {
    return 'one';
  }
}

@Controller('other')
class Other extends Base {
  protected topic() {
    return 'other';
  }
}

describeOnEachPlatform('a method with @SseStream', (platform) => {
  test('may be inherited by several controllers', async () => {
    const app = await startApp(platform, { controllers: [One, Other] });
    const streams = await Promise.all([app.open('/one/inherited'), app.open('/other/inherited')]);
    expect(streams.map(({ status }) => status)).toEqual([202, 202]);
    expect(await Promise.all(streams.map((stream) => stream.whole()))).toEqual([
      'data:one /one/inherited\n\n',
      'data:other /other/inherited\n\n',
    ]);
  });

  test('may be called by hand, and returns what it returns', async () => {
    const app = await startApp(platform, { controllers: [Streams] });
    expect(app.nest.get(Streams).two()).toBeInstanceOf(Observable);
  });
});

/** What a server answers to bytes, until it closes the connection or the text has come. */
function exchangeBytes(port: number, request: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = createConnection(port, '127.0.0.1', () => socket.write(request));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (until !== undefined && text.includes(until)) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

describeOnEachPlatform(
  'on the wire of HTTP/1',
  (platform) => {
    test('a stream is chunked, and ends with its last chunk', async () => {
      const app = await startApp(platform, { controllers: [Streams] });
      const answer = await exchangeBytes(app.port, 'GET /two HTTP/1.1\r\nHost: localhost\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer).toMatch(/data:b\n\n\r\n0\r\n\r\n$/);
    });

    test('a stream to an HTTP/1.0 client is not chunked, and ends with the connection', async () => {
      const app = await startApp(platform, { controllers: [Streams] });
      const answer = await exchangeBytes(app.port, 'GET /two HTTP/1.0\r\n\r\n');
      const [head, body] = answer.split('\r\n\r\n');
      expect(head).not.toMatch(/transfer-encoding/i);
      expect(body).toBe('data:a\n\ndata:b\n\n');
    });

    test('events leave one by one to an HTTP/1.0 client too', async () => {
      const app = await startApp(platform, { controllers: [Streams] });
      const answer = exchangeBytes(app.port, 'GET /idle HTTP/1.0\r\n\r\n', 'data:a\n\n');
      expect(await answer).toContain('data:a\n\n');
      expect(await app.nextDisconnect()).toMatchObject({ reason: 'client' });
    });
  },
  onHttp1,
);

describeOnEachPlatform(
  'an Express middleware that wraps the response',
  (platform) => {
    test('sees what is written, and its end', async () => {
      const written: string[] = [];
      const app = await startApp(platform, {
        controllers: [Streams],
        configure: (nest) =>
          nest.use(
            (
              _request: unknown,
              response: Record<'write' | 'end', (...args: unknown[]) => unknown>,
              next: () => void,
            ) => {
              const { write, end } = response;
              response.write = (...args) => {
                written.push(String(args[0]));
                return write.apply(response, args);
              };
              response.end = (...args) => {
                written.push('end');
                return end.apply(response, args);
              };
              next();
            },
          ),
      });
      expect(await (await app.open('/two')).whole()).toBe('data:a\n\ndata:b\n\n');
      expect(written.join('')).toBe('data:a\n\ndata:b\n\nend');
    });
  },
  [expressHttp1],
);
