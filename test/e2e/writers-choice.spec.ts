import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fastifyCompress from '@fastify/compress';
import compression from 'compression';
import { createServer, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { brotliDecompressSync, constants, createGzip, gunzipSync } from 'node:zlib';
import { CompiledLibrary } from '../support/compiled-library.js';
import {
  express,
  fastify,
  fastifyHttp2,
  followTopics,
  http1Carriers,
  isRaw,
  nodeHttp,
  nodeHttp2,
  nodeHttp2Tls,
  serveStreams,
  type Carrier,
  type Serving,
  type StreamServer,
} from '../support/stream-server.js';
import { unframed, type Answer, type Wire } from '../support/wire.js';

const withoutIds = ({ body }: Answer) => body.replaceAll(/id:\S+\n/g, '');

/** Publishes events to a stream of topic `a` that is open already, one a turn, ends it, and gives what the client has got. */
async function publishTo(server: StreamServer, wire: Wire, data = ['one', 'two', 'three']): Promise<Answer> {
  for (const one of data) {
    await server.hub.publish('a', { data: one });
    await wire.untilText(one);
  }
  server.connections.at(-1)!.close();
  return wire.answer();
}

/** The same where the application has set headers of the response before. */
async function answerWith(headers: Record<string, string>) {
  const server = await serveStreams(nodeHttp, {
    open: (hub, request, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      return followTopics(hub, request);
    },
  });
  const wire = server.wire().ask('/?topic=a');
  await wire.untilText('id:');
  const answer = await publishTo(server, wire);
  return { answer, isRaw: isRaw(server.written[0]!, 'two') };
}

const EVENTS = '\ndata:one\n\ndata:two\n\ndata:three\n\n';

describe.each(http1Carriers)('A client of HTTP/1.0 ($name)', (carrier) => {
  test.each([
    ['', ''],
    [' that asks for a connection that is kept alive', 'Connection: keep-alive\r\n'],
  ])('gets a body without chunks, which ends with the connection%s', async (_which, header) => {
    const server = await serveStreams(carrier);
    const wire = server.wire().send(`GET /?topic=a HTTP/1.0\r\n${header}\r\n`);
    await wire.untilText('id:');
    for (const data of ['one', 'two', 'three']) {
      await server.hub.publish('a', { data });
      await wire.untilText(data);
    }
    server.connections[0]!.close();
    await wire.ended;
    const [answer] = wire.answers();
    expect(answer!.head).not.toMatch(/transfer-encoding|content-length/i);
    expect(answer!.headers['connection']).toBe('close');
    expect(withoutIds(answer!)).toBe(EVENTS);
    expect(isRaw(server.written[0]!, 'two')).toBe(false);
  });
});

describe.each(http1Carriers)('A request of HEAD ($name)', (carrier) => {
  test('is answered with a head and no byte of a body', async () => {
    const server = await serveStreams(carrier);
    const wire = server.wire().send('HEAD /?topic=a HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await wire.untilText('\r\n\r\n');
    await server.hub.publish('a', { data: 'one' });
    await server.hub.broadcast({ data: 'two' });
    await nextTurn();
    wire.send('HEAD /?topic=a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    await wire.ended;
    expect(wire.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(wire.text).toMatch(/\r\n\r\n$/);
    expect(wire.text).not.toMatch(/id:|data:|\r\n0\r\n/);
    expect(wire.text.toLowerCase()).toContain('content-type: text/event-stream');
  });
});

/** Resolves when so many requests have come to the server. */
async function untilAsked({ responses }: StreamServer, count: number): Promise<void> {
  while (responses.length < count) await nextTurn();
}

describe.each(http1Carriers)('A stream whose request is pipelined ($name)', (carrier) => {
  /** `/held` is answered when the test says; streams are kept alive, so that those behind them have their turn. */
  async function serveHeld() {
    const held: ServerResponse[] = [];
    const server = await serveStreams(carrier, {
      open: (hub, request, response) => {
        response.setHeader('connection', 'keep-alive');
        if (request.url !== '/held') return followTopics(hub, request);
        // Fastify answers requests also where nobody has sent anything.
        held.push(response);
        return false;
      },
    });
    return { server, held };
  }

  test('is written to the response while another one has the socket, and comes whole behind it', async () => {
    const { server, held } = await serveHeld();
    const wire = server.wire().ask('/held', '/?topic=a');
    await untilAsked(server, 2);
    await nextTurn();
    const early = ['a while', 'x'.repeat(100_000), 'before'];
    for (const data of early) {
      await server.hub.publish('a', { data });
      await nextTurn();
    }
    expect(wire.text).toBe('');
    held[0]!.end('held');
    await wire.until(() => wire.answers()[1]?.body.includes('data:before\n\n') === true);
    for (const data of ['one', 'two']) {
      await server.hub.publish('a', { data });
      await wire.untilText(data);
    }
    server.connections[0]!.close();
    expect((await wire.answer(0)).body).toBe('held');
    const answer = await wire.answer(1);
    expect(withoutIds(answer)).toBe(
      `\n${[...early, 'one', 'two'].map((data) => `data:${data}\n\n`).join('')}`,
    );
    expect(isRaw(server.written[0]!, 'data:two')).toBe(false);
  });

  test('gets what is published in the turn in which its socket becomes free, at once', async () => {
    const { server, held } = await serveHeld();
    const wire = server.wire().ask('/held', '/?topic=a');
    await untilAsked(server, 2);
    await nextTurn();
    void server.connections[0]!.send({ comment: 'before' });
    held[0]!.end('held');
    void server.connections[0]!.send({ comment: 'now' });
    void server.hub.publish('a', { data: 'now' });
    await wire.untilText('data:now');
    void server.hub.publish('a', { data: 'later' });
    await wire.untilText('data:later');
    server.connections[0]!.close();
    expect((await wire.answer(1)).body).toContain('data:later\n\n');
  });

  test('goes past the response where it is the first, and lets the one behind it have the socket in the end', async () => {
    const { server, held } = await serveHeld();
    const wire = server.wire().ask('/?topic=a', '/held');
    await untilAsked(server, 2);
    await wire.untilText('id:');
    held[0]!.end('held');
    const answer = await publishTo(server, wire);
    expect(withoutIds(answer)).toBe(EVENTS);
    expect((await wire.answer(1)).body).toBe('held');
    expect(isRaw(server.written[0]!, 'two')).toBe(true);
  });

  test('comes whole behind another stream, and both at once keep their events apart', async () => {
    const { server } = await serveHeld();
    const wire = server.wire().ask('/?topic=a', '/?topic=a&topic=b');
    await untilAsked(server, 2);
    await wire.untilText('id:');
    for (const data of ['one', 'two']) {
      await server.hub.publish(data === 'one' ? 'a' : ['a', 'b'], { data });
      await nextTurn();
    }
    await wire.untilText('data:two');
    server.connections[0]!.close();
    await wire.until(() => wire.answers()[1]?.body.includes('data:two') === true);
    await server.hub.publish('b', { data: 'three' });
    await wire.untilText('data:three');
    server.connections[1]!.close();
    expect(withoutIds(await wire.answer(0))).toBe('\ndata:one\n\ndata:two\n\n');
    expect(withoutIds(await wire.answer(1))).toBe(EVENTS);
  });
});

describe('A stream whose headers the application has set', () => {
  test.each(['gzip', 'identity'])(
    'is written to the response with a Content-Encoding (%s)',
    async (coding) => {
      const result = await answerWith({ 'content-encoding': coding });
      expect(result.isRaw).toBe(false);
      expect(result.answer.headers).toMatchObject({
        'content-encoding': coding,
        'transfer-encoding': 'chunked',
      });
      expect(withoutIds(result.answer)).toBe(EVENTS);
    },
  );

  test('is written to the response with a Content-Length, and is not chunked', async () => {
    const server = await serveStreams(nodeHttp, {
      open: (hub, request, response) => {
        response.setHeader('content-length', '100000');
        return followTopics(hub, request);
      },
    });
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    await server.hub.publish('a', { data: 'one' });
    await wire.untilText('data:one');
    const [answer] = wire.answers();
    expect(answer!.headers['transfer-encoding']).toBeUndefined();
    expect(withoutIds(answer!)).toBe('\ndata:one\n\n');
    expect(isRaw(server.written[0]!, 'one')).toBe(false);
  });

  test('is framed once where it is said to be chunked already', async () => {
    const { answer, isRaw: wasRaw } = await answerWith({ 'transfer-encoding': 'chunked' });
    expect(answer.head.match(/transfer-encoding/gi)).toHaveLength(1);
    expect(withoutIds(answer)).toBe(EVENTS);
    expect(wasRaw).toBe(true);
  });

  test('is written to the response with another Transfer-Encoding', async () => {
    const { answer, isRaw: wasRaw } = await answerWith({ 'transfer-encoding': 'gzip, chunked' });
    expect(answer.headers['transfer-encoding']).toBe('gzip, chunked');
    expect(withoutIds(answer)).toBe(EVENTS);
    expect(wasRaw).toBe(false);
  });
});

type Patchable = Record<'write' | 'end' | 'writeHead', (...args: any[]) => any>;

/** Notes every text that is written to a response from now on. */
function patch(response: object, seen: string[]): void {
  const its = response as Patchable;
  const { write } = its;
  its.write = (chunk: Uint8Array | string, ...rest) => {
    seen.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    return write.call(response, chunk, ...rest);
  };
}

describe('A stream whose response somebody has patched', () => {
  test.each([nodeHttp, express, fastify])('shows every byte of it to them ($name)', async (carrier) => {
    const seen: string[] = [];
    const server = await serveStreams(carrier, {
      open: (hub, request, response) => {
        patch(response, seen);
        return followTopics(hub, request);
      },
    });
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    const answer = await publishTo(server, wire);
    expect(seen.join('')).toBe(answer.body);
    expect(withoutIds(answer)).toBe(EVENTS);
    expect(isRaw(server.written[0]!, 'two')).toBe(false);
  });

  test('shows every byte also where it is patched when the head is written', async () => {
    const seen: string[] = [];
    const server = await serveStreams(nodeHttp, {
      open: (hub, request, response) => {
        const its = response as unknown as Patchable;
        const { writeHead } = its;
        its.writeHead = (...args) => {
          patch(response, seen);
          return writeHead.apply(response, args);
        };
        return followTopics(hub, request);
      },
    });
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    const answer = await publishTo(server, wire);
    expect(seen.join('')).toBe(answer.body);
    expect(withoutIds(answer)).toBe(EVENTS);
  });

  test('comes whole, and once, where it is patched while it is open', async () => {
    const server = await serveStreams(nodeHttp);
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    await server.hub.publish('a', { data: 'zero' });
    await wire.untilText('zero');
    patch(server.responses[0]!, []);
    const answer = await publishTo(server, wire);
    expect(withoutIds(answer)).toBe(`\ndata:zero\n${EVENTS}`);
  });

  test('shows every byte to a class of responses with a write of its own', async () => {
    const seen: string[] = [];
    class Counting extends ServerResponse {
      override write(chunk: Uint8Array, ...rest: any[]): boolean {
        seen.push(Buffer.from(chunk).toString());
        return super.write(chunk, ...rest);
      }
    }
    const carrier: Carrier = {
      ...nodeHttp,
      create: (handle) => createServer({ ServerResponse: Counting }, handle),
    };
    const server = await serveStreams(carrier);
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    const answer = await publishTo(server, wire);
    expect(seen.join('')).toBe(answer.body);
  });

  test('goes past the response of a class that leaves write as it is', async () => {
    class Named extends ServerResponse {
      readonly name = 'named';
    }
    const carrier: Carrier = {
      ...nodeHttp,
      create: (handle) => createServer({ ServerResponse: Named }, handle),
    };
    const server = await serveStreams(carrier);
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    expect(withoutIds(await publishTo(server, wire))).toBe(EVENTS);
    expect(isRaw(server.written[0]!, 'two')).toBe(true);
  });
});

const library = new CompiledLibrary();

afterAll(async () => {
  await library.remove();
});

/** What the patch has seen of a stream, and what its client has got. */
async function runPatched(WHEN: string, WHOSE: string, rawWrites: boolean) {
  const program = library.run('patched.js', { WHEN, WHOSE, RAW: String(rawWrites) });
  const [output] = await program.untilOutput(/\{.*\}/);
  expect(await program.ended).toBe(0);
  const { seen, body } = JSON.parse(output) as { seen: string; body: string };
  expect(body).toContain('data:one\n\n');
  return { seen, body };
}

describe('A stream in a process where the write of all responses is patched', () => {
  beforeAll(() => {
    library.write(
      'patched.js',
      `
      import * as http from 'node:http';
      import * as http2 from 'node:http2';
      const { WHEN, WHOSE, RAW } = process.env;
      const seen = [];
      function patch() {
        const { prototype } = http[WHOSE] ?? http2[WHOSE];
        const { write } = prototype;
        prototype.write = function (chunk, ...rest) {
          if (!(this instanceof http.ClientRequest)) seen.push(String(chunk));
          return write.call(this, chunk, ...rest);
        };
      }
      if (WHEN === 'before') patch();
      const { SseHub } = await import('./dist/index.js');
      if (WHEN === 'after') patch();
      const hub = new SseHub({ retry: false, drainWindow: 0, rawWrites: RAW === 'true' });
      const { createServer } = WHOSE === 'Http2ServerResponse' ? http2 : http;
      const server = createServer((request, response) => hub.open(request, response, { stream: hub.stream('a') }));
      server.listen(0, '127.0.0.1', () => {
        const origin = 'http://127.0.0.1:' + server.address().port;
        let body = '';
        function read(answer, leave) {
          answer.setEncoding('utf8').on('data', (text) => (body += text));
          answer.once('data', async () => {
            await hub.publish('a', { data: 'one' });
            await hub.close();
            server.close();
          });
          answer.on('end', () => {
            leave();
            console.log(JSON.stringify({ seen: seen.join(''), body }));
          });
        }
        if (WHOSE !== 'Http2ServerResponse') return http.get(origin, (answer) => read(answer, () => undefined));
        const session = http2.connect(origin);
        read(session.request({ ':path': '/' }), () => session.close());
      });
      `,
    );
  });

  test.each([
    ['before', 'ServerResponse', true],
    ['after', 'ServerResponse', true],
    ['after', 'OutgoingMessage', true],
    ['after', 'Http2ServerResponse', true],
    ['before', 'OutgoingMessage', false],
    ['before', 'Http2ServerResponse', false],
  ])(
    'shows every byte to those who have done it %s the library is loaded, in %s (rawWrites: %s)',
    async (when, whose, rawWrites) => {
      const { seen, body } = await runPatched(when, whose, rawWrites);
      expect(seen).toBe(body);
    },
  );

  test.each(['OutgoingMessage', 'Http2ServerResponse'])(
    'takes for the own one of Node what stands in its place in %s when the library is loaded',
    async (whose) => {
      expect((await runPatched('before', whose, true)).seen).toBe('');
    },
  );
});

test('A stream that ends is whole for a request that is injected into Fastify', async () => {
  library.write(
    'injected.js',
    `
    import { fastify } from 'fastify';
    import { SseHub } from './dist/index.js';
    const hub = new SseHub({ retry: false, drainWindow: 0 });
    const app = fastify();
    app.get('/', (request, reply) => {
      const connection = hub.open(request, reply);
      void connection.send({ data: 'one' });
      void connection.send({ data: 'ä€😀' });
      connection.close();
    });
    const { body, headers } = await app.inject('/');
    console.log(JSON.stringify({ body, type: headers['content-type'] }));
    await app.close();
    await hub.close();
    `,
  );
  const program = library.run('injected.js');
  const [output] = await program.untilOutput(/\{.*\}/);
  expect(JSON.parse(output)).toEqual({ body: 'data:one\n\ndata:ä€😀\n\n', type: 'text/event-stream' });
  expect(await program.ended).toBe(0);
});

function askForGzip(server: StreamServer): Wire {
  return server.wire().send('GET /?topic=a HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\n\r\n');
}

describe('A stream where something compresses', () => {
  test.each<[string, Carrier, Serving['additions']]>([
    ['compression', express, { express: (app) => app.use(compression({ threshold: 0 })) }],
    [
      '@fastify/compress',
      fastify,
      {
        fastify: async (app) => void (await app.register(fastifyCompress, { threshold: 0 })),
      },
    ],
  ])(
    'is not compressed by %s, which "no-transform" keeps away, and comes at once',
    async (_name, carrier, additions) => {
      const server = await serveStreams(carrier, { additions: additions! });
      const wire = askForGzip(server);
      await wire.untilText('id:');
      const answer = await publishTo(server, wire);
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(withoutIds(answer)).toBe(EVENTS);
    },
  );

  test('comes through compression that has been made to compress it', async () => {
    const server = await serveStreams(express, {
      additions: {
        express: (app) =>
          app.use(compression({ threshold: 0 })).use((_request, response, next) => {
            const its = response as unknown as Patchable;
            const { writeHead } = its;
            its.writeHead = (...args) => {
              response.setHeader('cache-control', 'no-cache');
              return writeHead.apply(response, args);
            };
            next();
          }),
      },
    });
    const wire = askForGzip(server);
    await wire.untilText('\r\n\r\n');
    for (const data of ['one', 'two', 'three']) await server.hub.publish('a', { data });
    await nextTurn();
    server.connections[0]!.close();
    const { headers } = await wire.answer();
    await wire.ended;
    expect(['br', 'gzip']).toContain(headers['content-encoding']);
    const decode = headers['content-encoding'] === 'br' ? brotliDecompressSync : gunzipSync;
    expect(
      decode(bodyBytes(wire))
        .toString()
        .replaceAll(/id:\S+\n/g, ''),
    ).toBe(EVENTS);
  });

  test('comes event by event through a middleware that compresses and flushes', async () => {
    const server = await serveStreams(nodeHttp, {
      open: (hub, request, response) => {
        const its = response as unknown as Patchable;
        const { write, end } = its;
        const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
        response.setHeader('content-encoding', 'gzip');
        gzip.on('data', (bytes: Buffer) => write.call(response, bytes)).on('end', () => end.call(response));
        its.write = (chunk: Uint8Array) => gzip.write(chunk);
        its.end = () => gzip.end();
        return followTopics(hub, request);
      },
    });
    const wire = askForGzip(server);
    await wire.untilText('\r\n\r\n');
    const events = ['one', 'two', 'three'];
    for (const [index, data] of events.entries()) {
      await server.hub.publish('a', { data });
      // The first chunk has the header of gzip, the second the position.
      await wire.until(() => (wire.answers()[0]?.chunks?.length ?? 0) >= 2 + index);
    }
    server.connections[0]!.close();
    await wire.answer();
    expect(
      gunzipSync(bodyBytes(wire))
        .toString()
        .replaceAll(/id:\S+\n/g, ''),
    ).toBe(EVENTS);
  });
});

/** The bytes of the one answer's body, without the framing. */
function bodyBytes(wire: Wire): Buffer {
  const head = wire.text.indexOf('\r\n\r\n') + 4;
  return Buffer.concat(unframed(wire.bytes.subarray(head)).data);
}

describe("A hook of Fastify's that runs before the answer is sent", () => {
  test.each([
    ['a text', 'instead'],
    ['a buffer', Buffer.from('instead')],
  ])('may answer with %s instead, which has a length and no chunks', async (_what, payload) => {
    const server = await serveStreams(fastify, {
      additions: {
        fastify: (app) => app.addHook('onSend', async () => payload),
      },
    });
    const wire = server.wire().ask('/?topic=a');
    const answer = await wire.answer();
    expect(answer.headers['content-length']).toBe('7');
    expect(answer.headers['transfer-encoding']).toBeUndefined();
    expect(answer.body).toBe('instead');
  });
});

describe.each([true, false])(
  'A stream over HTTP/2 whose response somebody has patched (rawWrites: %s)',
  (rawWrites) => {
    test.each([nodeHttp2, fastifyHttp2])('shows every byte of it to them ($name)', async (carrier) => {
      const seen: string[] = [];
      const server = await serveStreams(carrier, {
        hub: { rawWrites },
        open: (hub, request, response) => {
          patch(response, seen);
          return followTopics(hub, request);
        },
      });
      const stream = await server.open('/?topic=a');
      for (const data of ['one', 'two', 'three']) {
        await server.hub.publish('a', { data });
        await stream.untilText(data);
      }
      server.connections[0]!.close();
      const body = await stream.whole();
      expect(seen.join('')).toBe(body);
      expect(body.replaceAll(/id:\S+\n/g, '')).toBe(EVENTS);
    });
  },
);

// What replaces write while a stream is open is told only of what still goes to the response.
test.each([
  { carrier: nodeHttp2, rawWrites: true },
  { carrier: nodeHttp2, rawWrites: false },
  { carrier: nodeHttp2Tls, rawWrites: true },
  { carrier: nodeHttp2Tls, rawWrites: false },
  { carrier: fastifyHttp2, rawWrites: true },
  { carrier: fastifyHttp2, rawWrites: false },
])(
  'A stream over HTTP/2 goes the way that the option says ($carrier.name, rawWrites: $rawWrites)',
  async ({ carrier, rawWrites }) => {
    const seen: string[] = [];
    const server = await serveStreams(carrier, { hub: { rawWrites } });
    const stream = await server.open('/?topic=a');
    await stream.untilText('\n\n');
    patch(server.responses[0]!, seen);
    await server.hub.publish('a', { data: 'here' });
    await stream.untilText('data:here\n\n');
    expect(seen.join('').includes('data:here\n\n')).toBe(!rawWrites);
  },
);
