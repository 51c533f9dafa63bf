import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { Socket, type AddressInfo, type Server } from 'node:net';
import { Controller, Get, Req, Res } from '@nestjs/common';
import compression from 'compression';
import type { Express } from 'express';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SseHub, type OpenOptions, type SseConnection } from 'nestjs-sse-hub';
import { createClient, type Client } from '../support/client.js';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp, untilNoConnections } from '../support/start-app.js';
import { tlsCertificate } from '../support/tls-certificate.js';

type Handle = (request: object, response: object) => void;

/** A server without Nest, each of whose requests is handled by the function. */
interface PlainServer {
  readonly name: string;
  readonly httpVersion: '1.1' | '2.0';
  readonly scheme: 'http' | 'https';
  serve(handle: Handle): Promise<Server>;
}

function listen(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function serveFastify(adapter: FastifyAdapter, handle: Handle): Promise<Server> {
  const app = adapter.getInstance();
  app.all('*', (request: object, reply: object) => handle(request, reply));
  await app.listen({ port: 0, host: '127.0.0.1' });
  return app.server;
}

const plainServers: PlainServer[] = [
  {
    name: 'node:http',
    httpVersion: '1.1',
    scheme: 'http',
    serve: (handle) => listen(createServer(handle)),
  },
  {
    name: 'node:http2',
    httpVersion: '2.0',
    scheme: 'http',
    serve: (handle) => listen(createHttp2Server(handle)),
  },
  {
    name: 'node:http2 over TLS',
    httpVersion: '2.0',
    scheme: 'https',
    serve: (handle) => listen(createSecureServer(tlsCertificate(), handle)),
  },
  {
    name: 'node:http2 over TLS, asked with HTTP/1.1',
    httpVersion: '1.1',
    scheme: 'https',
    serve: (handle) => listen(createSecureServer({ ...tlsCertificate(), allowHTTP1: true }, handle)),
  },
  {
    name: 'an Express middleware',
    httpVersion: '1.1',
    scheme: 'http',
    serve: (handle) => {
      const app = new ExpressAdapter().getInstance<Express>();
      return listen(createServer(app.use(compression()).use(handle)));
    },
  },
  {
    name: 'a Fastify handler',
    httpVersion: '1.1',
    scheme: 'http',
    serve: (handle) => serveFastify(new FastifyAdapter(), handle),
  },
  {
    name: 'a Fastify handler, HTTP/2',
    httpVersion: '2.0',
    scheme: 'http',
    serve: (handle) => serveFastify(new FastifyAdapter({ http2: true }), handle),
  },
];

interface Opened {
  readonly hub: SseHub;
  readonly client: Client;
  connection(): SseConnection;
}

const closings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** Serves a hub whose streams are opened by `hub.open`. */
async function serve(
  plain: PlainServer,
  options: (hub: SseHub) => OpenOptions = () => ({}),
): Promise<Opened> {
  const hub = new SseHub({ onError: () => undefined, retry: false, drainWindow: 0 });
  let connection: SseConnection | undefined;
  const server = await plain.serve((request, response) => {
    connection = hub.open(request, response, options(hub));
  });
  const { port } = server.address() as AddressInfo;
  const client = createClient(`${plain.scheme}://127.0.0.1:${port}`, plain.httpVersion);
  closings.push(async () => {
    client.close();
    await untilNoConnections(hub);
    await hub.close();
    await new Promise((resolve) => server.close(resolve));
  });
  return { hub, client, connection: () => connection! };
}

const following = (hub: SseHub): OpenOptions => ({ stream: hub.stream('news', { user: 'ann' }) });

describe.each(plainServers)('hub.open in $name', (plain) => {
  test('answers with the head of an event stream', async () => {
    const { client } = await serve(plain);
    const stream = await client.open('/');
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(stream.headers['connection']).toBe(plain.httpVersion === '1.1' ? 'close' : undefined);
  });

  test('gives the connection, to send to and to close', async () => {
    const { client, connection } = await serve(plain);
    const stream = await client.open('/');
    await connection().send({ event: 'greeting', id: '1', data: 'hello' });
    connection().close();
    expect(await stream.whole()).toBe('id:1\nevent:greeting\ndata:hello\n\n');
  });

  test('has the stream follow topics', async () => {
    const { client, hub } = await serve(plain, following);
    const stream = await client.open('/');
    await hub.publish('news', { data: 'a' });
    await hub.sendTo('ann', { data: 'b' });
    expect(await stream.nextData(2)).toEqual(['a', 'b']);
  });

  test('resumes from the last event id', async () => {
    const { client, hub } = await serve(plain, following);
    const { id } = await hub.publish('news', { data: 'a' });
    await hub.publish('news', { data: 'b' });
    const stream = await client.open('/', { lastEventId: id });
    expect(await stream.nextEvent()).toMatchObject({ data: 'b' });
  });

  test('has the stream subscribe to topics later', async () => {
    const { client, connection, hub } = await serve(plain);
    const stream = await client.open('/');
    void connection().subscribe('sport');
    await hub.publish('sport', { data: 'a' });
    expect(await stream.nextEvent()).toMatchObject({ data: 'a' });
  });

  test('aborts the signal when the client leaves', async () => {
    const { client, connection } = await serve(plain);
    const stream = await client.open('/');
    const { signal } = connection();
    const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
    stream.leave();
    await aborted;
    expect(connection().closeReason).toBe('client');
  });

  test('answers a HEAD without a body', async () => {
    const { client, hub } = await serve(plain, following);
    const answer = await client.open('/', { method: 'HEAD' });
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(await answer.whole()).toBe('');
    expect(hub.connectionCount).toBe(0);
  });

  test('ends with hub.close()', async () => {
    const { client, hub } = await serve(plain, following);
    const stream = await client.open('/');
    await hub.close();
    expect(await stream.ended).toBe('complete');
  });
});

describe('hub.open', () => {
  const hub = new SseHub();

  const response = new ServerResponse(new IncomingMessage(new Socket()));

  test.each<[string, unknown, unknown]>([
    ['empty objects', {}, {}],
    ['nulls', null, null],
    ['nothing', undefined, undefined],
    ['texts', 'request', 'response'],
    ['the response in the place of the request', response, response.req],
    ['something else in the place of the request', {}, response],
    ["a reply that holds no response, as Fastify's", {}, { hijack: () => undefined, raw: null }],
  ])('refuses what is no request and no response: %s', (_what, given, andGiven) => {
    expect(() => hub.open(given as object, andGiven as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('in this order') }),
    );
  });

  test('refuses options that it does not know', () => {
    expect(() => hub.open({}, {}, { retyr: 1 } as OpenOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});

describeOnEachPlatform('hub.open in a handler of Nest', (platform) => {
  test('streams where the handler takes the response', async () => {
    @Controller()
    class Plain {
      constructor(private readonly hub: SseHub) {}

      @Get('news')
      news(@Req() request: IncomingMessage, @Res() response: ServerResponse) {
        this.hub.open(request, response, { stream: this.hub.stream('news') });
      }
    }
    const app = await startApp(platform, { controllers: [Plain] });
    const stream = await app.open('/news');
    await app.hub.publish('news', { data: 'a' });
    expect(await stream.nextEvent()).toMatchObject({ data: 'a' });
  });
});
