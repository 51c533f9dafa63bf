import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { memoryLog, type OpenOptions } from 'nestjs-sse-hub';
import { filter, firstValueFrom } from 'rxjs';
import {
  express,
  fastify,
  followTopics,
  http1Carriers,
  http2Carriers,
  isRaw,
  nodeHttp,
  serveStreams,
  untilStill,
  writerCases,
  type Serving,
  type StreamServer,
  type WriterCase,
} from '../support/stream-server.js';

const ITEM = 'x'.repeat(16 * 1024);
// More than the buffers of the system hold between server and client.
const ITEMS = 1_500;

const numbered = (count: number) => Array.from({ length: count }, (_, n) => n);
const numberOf = ({ data }: { data: string }) => parseInt(data, 10);

/** The end of a stream of the hub; ask before it can come. */
function nextDisconnect({ hub }: StreamServer) {
  return firstValueFrom(hub.connections$.pipe(filter((event) => event.type === 'disconnect')));
}

const withKeepAlive: Serving['open'] = (hub, request, response) => {
  response.setHeader('connection', 'keep-alive');
  return followTopics(hub, request);
};

/** What serves streams, with either writer. */
function serverOf({ carrier, rawWrites }: WriterCase) {
  const serve = (open?: Serving['open'], options: Serving['hub'] = {}) =>
    serveStreams(carrier, { hub: { rawWrites, ...options }, ...(open && { open }) });
  const serveWith = (options: OpenOptions, hub?: Serving['hub']) => serve(() => options, hub);
  return { serve, serveWith };
}

describe.each(writerCases([...http1Carriers, ...http2Carriers]))(
  'A stream that is written ($name)',
  (one) => {
    const { serve, serveWith } = serverOf(one);

    test('brings events of all sizes whole and in order', async () => {
      const sizes = [0, 1, 2, 15, 16, 255, 4_096, 16_383, 16_384, 65_536, 1_040_000];
      const data = [
        ...sizes.map((size) => 'y'.repeat(size)),
        'ä€😀\u0000\u2028',
        '0\r\n\r\nline\n\nlast',
        '漢'.repeat(20_000),
      ];
      // A client that has to be waited for reads the log.
      const log = memoryLog({ retention: { bytes: 16 * 1024 * 1024 } });
      const server = await serve(undefined, { log });
      const stream = await server.open('/?topic=a');
      for (const text of data) {
        await server.hub.publish('a', { event: 'e', data: text });
        await nextTurn();
      }
      await server.hub.publish('a', { data: 'last' });
      await stream.until(() => stream.events.at(-1)?.data === 'last');
      // A line break of any kind is one of the data (WHATWG HTML 9.2.6).
      expect(stream.events.slice(0, -1).map((event) => event.data)).toEqual(
        data.map((text) => text.replaceAll('\r\n', '\n')),
      );
    });

    test('brings a burst of one turn whole and in order, whatever else it follows', async () => {
      const server = await serve();
      const streams = await Promise.all(['/?topic=a&topic=b', '/?topic=a'].map((path) => server.open(path)));
      for (const n of numbered(600))
        void server.hub.publish(n % 3 === 0 ? 'a' : 'b', { data: `${n} ${'z'.repeat(n)}` });
      await streams[0]!.until(() => streams[0]!.events.length === 600);
      await streams[1]!.until(() => streams[1]!.events.length === 200);
      expect(streams[0]!.events.map(numberOf)).toEqual(numbered(600));
      expect(streams[1]!.events.map(numberOf)).toEqual(numbered(200).map((n) => 3 * n));
    });

    test('holds back a loop that sends to a client which does not read, and brings it everything later', async () => {
      const server = await serveWith({});
      const stream = await server.open('/', { paused: true });
      const [connection] = server.connections;
      let sent = 0;
      const sending = (async () => {
        for (; sent < ITEMS; sent++) await connection!.send({ data: `${sent} ${ITEM}` });
        connection!.close();
      })();
      await untilStill(() => sent);
      expect(sent).toBeLessThan(ITEMS);
      stream.resume();
      await sending;
      expect(await stream.ended).toBe('complete');
      expect(stream.events.map(numberOf)).toEqual(numbered(ITEMS));
    });

    test('brings a client that stops and goes on again and again everything', async () => {
      const server = await serveWith({});
      const stream = await server.open('/', { paused: true });
      const [connection] = server.connections;
      const sending = (async () => {
        for (const n of numbered(ITEMS)) await connection!.send({ data: `${n} ${ITEM}` });
        connection!.close();
      })();
      for (let seen = 0; seen < ITEMS - 100; seen = stream.events.length) {
        stream.resume();
        await stream.until(() => stream.events.length > seen + 100 || stream.events.length === ITEMS);
        stream.pause();
        await nextTurn();
      }
      stream.resume();
      await sending;
      expect(await stream.ended).toBe('complete');
      expect(stream.events.map(numberOf)).toEqual(numbered(ITEMS));
    });

    test('that ends in the turn in which it is opened is complete', async () => {
      const server = await serve();
      const stream = await server.open('/?topic=a');
      server.connections[0]!.close();
      expect(await stream.ended).toBe('complete');
      const later = await (async () => {
        const opened = server.open('/?topic=a');
        await firstValueFrom(server.hub.connections$.pipe(filter(({ type }) => type === 'connect')));
        void server.connections[1]!.send({ data: 'only' });
        server.connections[1]!.close();
        return opened;
      })();
      expect(await later.ended).toBe('complete');
      expect(later.events.map(({ data }) => data)).toEqual(['only']);
    });

    test('that ends in the turn in which much is sent to it has what was published before its end', async () => {
      const server = await serve();
      const stream = await server.open('/?topic=a');
      await stream.untilText('\n\n');
      // More than is taken for enough by whatever it is given to, which has not even been offered to the client.
      void server.connections[0]!.send({ data: ITEM.repeat(2) });
      void server.hub.publish('a', { data: 'published' });
      server.connections[0]!.close();
      expect(await stream.ended).toBe('complete');
      expect(stream.events.map(({ data }) => data.slice(0, 9))).toEqual(['xxxxxxxxx', 'published']);
    });

    test('that is dropped is cut for the client: it does not take what it has for the whole', async () => {
      const server = await serveWith({ maxSendQueue: 64 * 1024 });
      const stream = await server.open('/', { paused: true });
      const ended = nextDisconnect(server);
      // Nobody waits for the client: at last more is pending than may be.
      const send = async () => {
        for (;;) {
          const sent = server.connections[0]!.send({ data: ITEM });
          await Promise.race([sent, nextTurn()]);
        }
      };
      await expect(send()).rejects.toMatchObject({
        code: expect.stringMatching(/QUEUE_FULL|CONNECTION_CLOSED/),
      });
      expect(await ended).toMatchObject({ reason: 'queue-full' });
      stream.resume();
      expect(await stream.ended).toBe('cut');
    });

    test('is complete where the application ends it by itself, and nothing is written behind that', async () => {
      const server = await serve();
      const stream = await server.open('/?topic=a');
      await stream.untilText('\n\n');
      const ended = nextDisconnect(server);
      void server.hub.publish('a', { data: 'before' });
      await nextTurn();
      server.responses[0]!.end();
      void server.connections[0]!.send({ data: 'behind' });
      void server.hub.publish('a', { data: 'behind' });
      expect(await stream.ended).toBe('complete');
      expect(await ended).toMatchObject({ reason: 'complete' });
      expect(stream.events.map(({ data }) => data)).toEqual(['before']);
      expect(server.errors).toEqual([]);
    });

    test('is over when its client leaves while bytes are pending', async () => {
      const server = await serveWith({});
      const stream = await server.open('/', { paused: true });
      const [connection] = server.connections;
      const ended = nextDisconnect(server);
      let sent = 0;
      const sending = (async () => {
        for (; ; sent++) await connection!.send({ data: ITEM });
      })().catch((error: unknown) => error);
      await untilStill(() => sent);
      const closed = once(server.responses[0]!, 'close');
      stream.leave();
      expect(await ended).toMatchObject({ reason: 'client' });
      expect(await sending).toMatchObject({ code: 'CONNECTION_CLOSED' });
      await closed;
      expect(server.hub.connectionCount).toBe(0);
      expect(server.errors).toEqual([]);
    });

    test('has heartbeats', async () => {
      const server = await serve(undefined, {
        heartbeat: { interval: 100, comment: 'beat', position: false },
      });
      const stream = await server.open('/?topic=a');
      await stream.until(() => stream.comments.length >= 2);
      expect(stream.text.replace(/^id:\S+\n\n/, '')).toMatch(/^(:beat\n\n){2,}$/);
    });

    test('ends with an error event where what it follows fails', async () => {
      const server = await serve((hub) => ({
        stream: hub.stream('a', {
          filter: ({ data }) => {
            if (data === 'bad') throw new Error('a secret');
            return true;
          },
        }),
      }));
      const stream = await server.open('/');
      await server.hub.publish('a', { data: 'good' });
      await stream.untilText('good');
      await server.hub.publish('a', { data: 'bad' });
      expect(await stream.whole()).not.toContain('secret');
      expect(stream.events.map(({ event, data }) => event ?? data)).toEqual(['good', 'error']);
      expect(server.errors).toHaveLength(1);
    });
  },
);

// What TLS and HTTP/2 are given is pending until the turn is over.
describe.each(writerCases([nodeHttp, express, fastify]))(
  'A stream that is written to a plain socket ($name)',
  (one) => {
    const { serveWith } = serverOf(one);

    test('may be sent more than its queue in one turn by whoever does not wait, where its client takes it', async () => {
      const server = await serveWith({ maxSendQueue: 64 * 1024 });
      const stream = await server.open('/');
      const [connection] = server.connections;
      for (const n of numbered(16)) void connection!.send({ data: `${n} ${ITEM}` });
      connection!.close();
      expect(await stream.ended).toBe('complete');
      expect(stream.events.map(numberOf)).toEqual(numbered(16));
    });

    test('is held back all the same where it is waited for', async () => {
      const server = await serveWith({ maxSendQueue: 64 * 1024 });
      const stream = await server.open('/');
      const [connection] = server.connections;
      let isOver = false;
      const sent = Promise.all(numbered(16).map((n) => connection!.send({ data: `${n} ${ITEM}` })));
      void sent.then(() => (isOver = true));
      for (let n = 0; n < 100; n++) await Promise.resolve();
      expect(isOver).toBe(false);
      await sent;
      connection!.close();
      expect(await stream.ended).toBe('complete');
    });
  },
);

describe.each(writerCases(http1Carriers))('A stream that is written over HTTP/1.1 ($name)', (one) => {
  const { serve, serveWith } = serverOf(one);

  test('goes the way that the option says', async () => {
    const server = await serve();
    const stream = await server.open('/?topic=a');
    await server.hub.publish('a', { data: 'here' });
    await stream.untilText('here');
    expect(isRaw(server.written[0]!, 'here')).toBe(one.rawWrites);
  });

  test('is chunked, with one size for what leaves together', async () => {
    const server = await serve();
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    for (const data of ['one', 'two']) void server.hub.publish('a', { data });
    await wire.untilText('two');
    server.connections[0]!.close();
    const { headers, chunks } = await wire.answer();
    expect(headers).toMatchObject({ 'transfer-encoding': 'chunked', connection: 'close' });
    expect(headers['content-length']).toBeUndefined();
    expect(chunks).toHaveLength(2);
    expect(chunks![1]).toMatch(/^id:\S+\ndata:one\n\nid:\S+\ndata:two\n\n$/);
  });

  test('ends behind everything that was sent before, with its last chunk', async () => {
    const server = await serveWith({});
    const wire = server.wire().ask('/');
    await wire.untilText('\r\n\r\n');
    const [connection] = server.connections;
    for (const n of numbered(20)) void connection!.send({ data: `${n} ${ITEM}` });
    connection!.close();
    const answer = await wire.answer();
    await wire.ended;
    expect(
      answer.body
        .split('\n\n')
        .slice(0, -1)
        .map((block) => parseInt(block.slice(5), 10)),
    ).toEqual(numbered(20));
    expect(answer.rest).toBe('');
  });

  test('leaves its connection to further requests where the application keeps it alive', async () => {
    const server = await serve((hub, request, response) => {
      if (request.url !== '/plain') return withKeepAlive(hub, request, response);
      response.end('plain');
      return false;
    });
    const wire = server.wire().ask('/?topic=a');
    await server.hub.publish('a', { data: 'before the stream' });
    await wire.untilText('id:');
    await server.hub.publish('a', { data: 'in the stream' });
    await wire.untilText('in the stream');
    server.connections[0]!.close();
    const first = await wire.answer();
    wire.ask('/plain');
    expect((await wire.answer(1)).body).toBe('plain');
    expect(first.headers['connection']).toBe('keep-alive');
    expect(first.body).toContain('data:in the stream\n\n');
    expect(server.written).toHaveLength(1);
  });

  test('may follow another one on the same connection, and is told when its own client takes bytes again', async () => {
    const server = await serve((_hub, _request, response) => {
      response.setHeader('connection', 'keep-alive');
      return {};
    });
    const wire = server.wire();
    for (const index of numbered(3)) {
      wire.ask('/');
      await wire.until(() => wire.answers().length > index);
      const connection = server.connections[index]!;
      // Each has to wait for its client several times.
      for (const n of numbered(40)) await connection.send({ data: `${index} ${n} ${ITEM}` });
      connection.close();
      const { body } = await wire.answer(index);
      const blocks = body.split('\n\n').slice(0, -1);
      expect(blocks.map((block) => block.split(' ', 2).join(' '))).toEqual(
        numbered(40).map((n) => `data:${index} ${n}`),
      );
    }
    expect(server.written).toHaveLength(1);
  });

  test('writes nothing to a connection that its client has closed, and that the server is about to', async () => {
    const server = await serve();
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    const [connection] = server.connections;
    const ended = nextDisconnect(server);
    const { socket } = server.responses[0]!.req;
    const clientErrors: unknown[] = [];
    server.server.on('clientError', (error) => clientErrors.push(error));
    const isWritable = new Promise<boolean>((resolve) => {
      // Told behind the server, which has ended the connection by then; it is closed later.
      socket.on('end', () => {
        resolve(socket.writable);
        void connection!.send({ data: 'sent' });
        void server.hub.publish('a', { data: 'published' });
      });
    });
    wire.finish();
    expect(await isWritable).toBe(false);
    expect(await ended).toMatchObject({ reason: 'client' });
    await wire.ended;
    expect(clientErrors).toEqual([]);
    expect(wire.text).not.toMatch(/sent|published/);
  });

  test('leaves nothing on a connection that is kept alive', async () => {
    const server = await serve(withKeepAlive);
    const wire = server.wire();
    const listeners: number[] = [];
    for (const index of numbered(4)) {
      wire.ask('/?topic=a');
      await wire.until(() => wire.answers().length > index);
      await server.hub.publish('a', { data: ITEM.repeat(2) });
      await wire.until(() => wire.answers()[index]!.body.includes(ITEM));
      const { socket } = server.responses[index]!.req;
      server.connections[index]!.close();
      await wire.answer(index);
      listeners.push(socket.eventNames().reduce((sum, name) => sum + socket.listenerCount(name), 0));
    }
    expect(new Set(listeners.slice(1)).size).toBe(1);
  });

  test('takes what the application writes to the response between its events', async () => {
    const server = await serve();
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    await server.hub.publish('a', { data: 'one' });
    await wire.untilText('one');
    server.responses[0]!.write(':own\n\n');
    await server.hub.publish('a', { data: 'two' });
    await wire.untilText('two');
    server.connections[0]!.close();
    const { body } = await wire.answer();
    expect(body.replaceAll(/id:\S+\n/g, '')).toBe('\ndata:one\n\n:own\n\ndata:two\n\n');
  });

  test('writes nothing behind an end that the application has made by itself', async () => {
    const server = await serve(withKeepAlive);
    const wire = server.wire().ask('/?topic=a');
    await wire.untilText('id:');
    const ended = nextDisconnect(server);
    void server.hub.publish('a', { data: 'before' });
    await nextTurn();
    server.responses[0]!.end();
    // The response is not over for the library before its last bytes have been taken.
    void server.connections[0]!.send({ data: 'behind' });
    void server.hub.publish('a', { data: 'behind' });
    expect(await ended).toMatchObject({ reason: 'complete' });
    wire.ask('/?topic=a');
    await wire.until(() => wire.answers().length === 2);
    const [first] = wire.answers();
    expect(first).toMatchObject({ isComplete: true });
    expect(wire.text).not.toContain('behind');
  });
});
