import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { EventEmitter } from 'node:events';
import type { Http2ServerResponse } from 'node:http2';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SseHubOptions } from 'nestjs-sse-hub';
import {
  bytesWith,
  followTopics,
  http1Carriers,
  nodeHttp,
  nodeHttp2,
  nodeHttps,
  serveStreams,
  writerCases,
  type StreamServer,
} from '../support/stream-server.js';

const cases = writerCases([nodeHttp, nodeHttps, nodeHttp2]);

/** Clients that have taken their first block, each on a connection of its own. */
async function openAll(server: StreamServer, paths: readonly string[]) {
  const streams = [];
  for (const path of paths) {
    const stream = await server.newClient().open(path);
    await stream.untilText('\n\n');
    streams.push(stream);
  }
  await nextTurn();
  return streams;
}

describe.each(cases)('What is due to a stream ($name)', ({ carrier, rawWrites }) => {
  const serve = (options: SseHubOptions = {}) =>
    serveStreams(carrier, {
      hub: { rawWrites, ...options },
      open: (hub, request) => {
        const topics = new URL(request.url!, 'http://localhost').searchParams.getAll('topic');
        return { stream: hub.stream(topics, { user: 'ann' }) };
      },
    });

  test('leaves in one write, whatever it is and however often the turn awaits', async () => {
    const server = await serve();
    const [stream] = await openAll(server, ['/?topic=a&topic=b']);
    const { hub, connections, written } = server;
    const { calls } = written[0]!;
    const before = calls.length;
    await hub.publish('a', { data: 'first' });
    void connections[0]!.send({ data: 'sent' });
    await hub.publish('b', { data: 'second' });
    await hub.publish(['a', 'b'], { data: 'of both' });
    await hub.sendTo('ann', { data: 'to the user' });
    void connections[0]!.send({ comment: 'sent too' });
    await hub.broadcast({ data: 'to all' });
    await hub.publish('a', { data: 'last' });
    await stream!.untilText('data:last');
    expect(calls.slice(before)).toHaveLength(1);
    expect(stream!.events.map(({ data }) => data)).toEqual([
      'sent',
      'first',
      'second',
      'of both',
      'to the user',
      'to all',
      'last',
    ]);
  });

  test('leaves with another write where it comes in another turn', async () => {
    const server = await serve();
    const [stream] = await openAll(server, ['/?topic=a']);
    const { calls } = server.written[0]!;
    const before = calls.length;
    for (const data of ['one', 'two', 'three']) {
      await server.hub.publish('a', { data });
      await stream!.untilText(`data:${data}\n\n`);
      await nextTurn();
    }
    const written = calls.slice(before);
    expect(written).toHaveLength(3);
    expect(written.map((text) => /data:(\w+)/.exec(text)![1])).toEqual(['one', 'two', 'three']);
  });

  test('leaves in one write with its end, where the stream ends in that turn', async () => {
    const server = await serve();
    const [stream] = await openAll(server, ['/?topic=a']);
    const { calls } = server.written[0]!;
    const before = calls.length;
    void server.connections[0]!.send({ data: 'sent' });
    await server.hub.publish('a', { data: 'published' });
    server.connections[0]!.close();
    expect(await stream!.ended).toBe('complete');
    const [only, ...others] = calls.slice(before);
    expect(others).toEqual([]);
    expect(only).toMatch(
      carrier.httpVersion === '1.1'
        ? /data:sent[^]*data:published\n\n\r\n0\r\n\r\n$/
        : /data:sent[^]*data:published\n\n$/,
    );
  });

  test('leaves in one write with what the drain says at the end', async () => {
    const server = await serve();
    const streams = await openAll(server, ['/?topic=a', '/?topic=a&topic=b']);
    const before = server.written.map(({ calls }) => calls.length);
    for (const connection of server.connections) void connection.send({ data: 'sent' });
    await server.hub.publish('a', { data: 'published' });
    await Promise.all([server.hub.close(), ...streams.map((stream) => stream.whole())]);
    for (const [index, { calls }] of server.written.entries()) {
      const [only, ...others] = calls.slice(before[index]);
      expect(others).toEqual([]);
      expect(only).toMatch(/data:sent\n\n[^]*data:published\n\n[^]*retry:\d+\n\n/);
    }
  });

  test('is one write for each of many, in a turn that writes to all', async () => {
    const server = await serve();
    const streams = await openAll(server, Array(8).fill('/?topic=a&topic=b'));
    const before = server.written.map(({ calls }) => calls.length);
    for (let n = 0; n < 100; n++) void server.hub.publish(n % 2 === 0 ? 'a' : 'b', { data: `${n}` });
    await Promise.all(streams.map((stream) => stream.untilText('data:99\n\n')));
    expect(server.written.map(({ calls }, index) => calls.length - before[index]!)).toEqual(Array(8).fill(1));
  });

  test('is one write also where it is larger than what is copied together', async () => {
    const server = await serve();
    const [stream] = await openAll(server, ['/?topic=a&topic=b']);
    const { calls } = server.written[0]!;
    const before = calls.length;
    for (const topic of ['a', 'b', 'a', 'b']) void server.hub.publish(topic, { data: topic.repeat(9_000) });
    await stream!.until(() => stream!.events.length === 4);
    expect(calls.slice(before)).toHaveLength(1);
    expect(stream!.events.map(({ data }) => data[0])).toEqual(['a', 'b', 'a', 'b']);
  });
});

describe.each(writerCases(http1Carriers))('The head of a stream ($name)', ({ carrier, rawWrites }) => {
  test('leaves with the first block, and with what is published and sent in that turn', async () => {
    const server = await serveStreams(carrier, { hub: { rawWrites, retry: 3_000 } });
    const stream = await openFirst(server);
    const [{ calls }] = server.written as [StreamServer['written'][0]];
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n[^]*retry:3000\nid:[^]*data:sent\n\n[^]*data:published\n\n/,
    );
    expect(stream.events.map(({ data }) => data)).toEqual(['sent', 'published']);
  });
});

test.each([true, false])(
  'The first block of a stream over HTTP/2 leaves with what is published and sent in that turn (rawWrites: %s)',
  async (rawWrites) => {
    const server = await serveStreams(nodeHttp2, { hub: { rawWrites, retry: 3_000 } });
    await openFirst(server);
    const { calls } = server.written[0]!;
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/^retry:3000\nid:[^]*data:sent\n\n[^]*data:published\n\n$/);
  },
);

/** Opens a stream; what is sent and published in the turn of its head comes with it. */
async function openFirst(server: StreamServer) {
  const opened = server.hub.connections$.subscribe(({ connection }) => {
    opened.unsubscribe();
    void connection.send({ data: 'sent' });
    void server.hub.publish('a', { data: 'published' });
  });
  const stream = await server.open('/?topic=a');
  await stream.untilText('data:published\n\n');
  return stream;
}

describe.each(cases)('Streams that are given the same ($name)', ({ carrier, rawWrites }) => {
  const serve = () => serveStreams(carrier, { hub: { rawWrites } });

  test('are given the very same bytes, where they follow the same topics', async () => {
    const server = await serve();
    const streams = await openAll(server, Array(5).fill('/?topic=a&topic=b'));
    for (const topic of ['a', 'b', 'a']) void server.hub.publish(topic, { data: 'small' });
    void server.hub.publish('b', { data: 'last' });
    await Promise.all(streams.map((stream) => stream.untilText('data:last')));
    const given = server.written.map((one) => bytesWith(one, 'data:last'));
    expect(given.map((arrays) => arrays.length)).toEqual(Array(5).fill(1));
    expect(new Set(given.flat()).size).toBe(1);
    expect(given[0]![0]).toBeInstanceOf(Uint8Array);
  });

  test('are given the very same bytes of a topic, where they follow others as well', async () => {
    const server = await serve();
    const streams = await openAll(server, ['/?topic=a&topic=b', '/?topic=a&topic=c', '/?topic=a']);
    await server.hub.publish('a', { data: 'alone' });
    await Promise.all(streams.map((stream) => stream.untilText('data:alone')));
    expect(new Set(server.written.flatMap((one) => bytesWith(one, 'data:alone'))).size).toBe(1);

    // Too large to be copied together with what comes in the other topics.
    for (const topic of ['a', 'a', 'b', 'c'])
      void server.hub.publish(topic, { data: `${topic}:${'x'.repeat(17_000)}` });
    await Promise.all(
      streams.map((stream, index) => stream.until(() => stream.events.length === (index < 2 ? 4 : 3))),
    );
    const given = server.written.map((one) => bytesWith(one, 'data:a:'));
    expect(given.map((arrays) => arrays.length)).toEqual([1, 1, 1]);
    expect(new Set(given.flat()).size).toBe(1);
  });

  test('are given the very same bytes of a burst, which are not copied for each', async () => {
    const server = await serve();
    const streams = await openAll(server, Array(3).fill('/?topic=a'));
    for (let n = 0; n < 64; n++) void server.hub.publish('a', { data: `${n} ${'x'.repeat(4_096)}` });
    await Promise.all(streams.map((stream) => stream.until(() => stream.events.length === 64)));
    const given = server.written.map((one) => bytesWith(one, 'data:63 '));
    expect(given.map((arrays) => arrays.length)).toEqual([1, 1, 1]);
    expect(new Set(given.flat()).size).toBe(1);
  });
});

/** What keeps the process alive of what a stream must not have of its own. */
function resources() {
  const all = process.getActiveResourcesInfo();
  const count = (kind: string) => all.filter((one) => one === kind).length;
  return { timeouts: count('Timeout'), immediates: count('Immediate') };
}

describe.each(cases)('A stream that has nothing to do ($name)', ({ carrier, rawWrites }) => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('has no timer, interval or immediate of its own', async () => {
    const made = (['setTimeout', 'setInterval', 'setImmediate'] as const).map((name) =>
      jest.spyOn(globalThis, name),
    );
    const server = await serveStreams(carrier, { hub: { rawWrites, heartbeat: {} } });
    await openAll(server, ['/?topic=a']);
    const look = () => ({ ...resources(), made: made.map(({ mock }) => mock.calls.length) });
    const before = look();
    await openAll(
      server,
      Array.from({ length: 40 }, (_, n) => `/?topic=a&topic=${n}`),
    );
    const opened = made.at(-1)!.mock.calls.length;
    for (let n = 0; n < 50; n++) await nextTurn();
    const after = look();
    expect(after).toEqual({ ...before, made: [...before.made.slice(0, -1), opened] });
    expect(server.hub.connectionCount).toBe(41);
  });
});

describe.each(cases)('A stream that writes much ($name)', ({ carrier, rawWrites }) => {
  test('adds no listener for a write, and none for a client that has to be waited for', async () => {
    const server = await serveStreams(carrier, { hub: { rawWrites }, open: followTopics });
    const [stream] = await openAll(server, ['/?topic=a']);
    const response = server.responses[0]!;
    const emitters: EventEmitter[] = [response, response.socket!];
    if (carrier.httpVersion === '2.0') emitters.push((response as unknown as Http2ServerResponse).stream);
    const listeners = () =>
      emitters.map((emitter) =>
        emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0),
      );
    const write = async (count: number) => {
      for (let n = 0; n < count; n++) {
        // More than a socket takes at once without saying that it is enough.
        await server.connections[0]!.send({ data: 'x'.repeat(128 * 1024) });
        await server.hub.publish('a', { data: `${n}` });
      }
      await server.hub.publish('a', { data: `end of ${count}` });
      await stream!.untilText(`end of ${count}\n\n`);
      await nextTurn();
    };
    await write(1);
    const before = listeners();
    await write(30);
    expect(listeners()).toEqual(before);
  });
});
