import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';

interface Client {
  open(count: number, last?: number): Promise<number>;
  turns(count: number, perTurn: number): Promise<number>;
  pace(count: number, interval: number): Promise<number>;
  await(number: number): Promise<void>;
  latency(): Promise<{ p50: number; p99: number }>;
  stopReading(): Promise<void>;
  close(): Promise<void>;
  tally(): Promise<Record<'due' | 'delivered' | 'missing' | 'doubled' | 'lost', number>>;
  quit(): Promise<void>;
  readonly pid: number;
}

const { LoadClient } = (await import(join(ROOT, 'bench/load-client.mjs'))) as {
  LoadClient: new (program: string, server: { port: number; trigger: string; http2?: boolean }) => Client;
};
const { buildLoadClient } = (await import(join(ROOT, 'bench/build-load-client.mjs'))) as {
  buildLoadClient: (folder: string, flags: readonly string[]) => string;
};

const folder = mkdtempSync(join(tmpdir(), 'load-client-'));
const program = buildLoadClient(folder, ['-Werror']);
const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
const tick = (n: number, text = 'x') =>
  `id:${n}\nevent:tick\ndata:${JSON.stringify({ n, t: Number(process.hrtime.bigint()), text })}\n\n`;

function toChunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

async function listen(server: Server, where: string | number): Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  if (typeof where === 'string') server.listen(where);
  else server.listen(where, '127.0.0.1');
  await once(server, 'listening');
}

/** The clients of a server, which is told how many events its next turn has. */
async function clientsOf(server: Server, onTurn: (events: number) => void, http2 = false): Promise<Client> {
  const trigger = join(folder, `trigger-${Math.random().toString(36).slice(2)}`);
  await listen(server, 0);
  const orders = createServer((socket) => {
    socket.setEncoding('latin1').on('data', (lines: string) => {
      for (const line of lines.split('\n')) if (line !== '') onTurn(Number(line));
    });
  });
  await listen(orders, trigger);
  const client = new LoadClient(program, { port: (server.address() as AddressInfo).port, trigger, http2 });
  stops.push(() => client.quit());
  return client;
}

/** A server that answers every request with these bytes, so many at a time. */
function answering(bytes: string, atOnce: number): Server {
  return createServer((socket) => {
    socket.setNoDelay(true).once('data', () => void writeSlowly(socket, Buffer.from(bytes), atOnce));
  });
}

async function writeSlowly(socket: Socket, bytes: Buffer, atOnce: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += atOnce) {
    socket.write(bytes.subarray(at, at + atOnce));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A server that sends each turn's events to all, as the benchmark's do. */
function broadcasting(text = 'x') {
  const sockets = new Set<Socket>();
  let n = 0;
  const server = createServer((socket) => {
    socket.once('data', () => {
      socket.write(`${HEAD}\r\n`);
      sockets.add(socket);
    });
  });
  const publish = (events: number) => {
    const run = Array.from({ length: events }, () => tick(++n, text)).join('');
    for (const socket of sockets) socket.write(run);
  };
  return { server, publish, sockets };
}

function broadcastingHttp2(text: string) {
  const streams = new Set<ServerHttp2Stream>();
  const sessions: unknown[] = [];
  const server = createHttp2Server();
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
    stream.on('error', nothing);
    streams.add(stream);
  });
  let n = 0;
  const publish = (events: number) => {
    const run = Array.from({ length: events }, () => tick(++n, text)).join('');
    for (const stream of streams) stream.write(run);
  };
  return { server, publish, sessions, streams };
}

const nothing = () => undefined;

async function expectLost(client: Client, lost: number): Promise<void> {
  while ((await client.tally()).lost < lost) await new Promise((resolve) => setImmediate(resolve));
  expect((await client.tally()).lost).toBe(lost);
}

const events = Array.from({ length: 20 }, (_, index) => tick(index + 1, 'é'.repeat(index * 7)));

describe('the load client', () => {
  test.each([1, 2, 3, 7, 64, 100_000])('reads chunks that come %i bytes at a time', async (atOnce) => {
    // Some events are a chunk, others are one for each character.
    const chunks = events.map((event, index) =>
      index % 3 === 0 ? toChunk(event) : Array.from(event, toChunk).join(''),
    );
    const server = answering(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunks.join('')}`, atOnce);
    const client = await clientsOf(server, nothing);

    await client.open(3, 0);
    await client.await(20);

    expect(await client.tally()).toMatchObject({ delivered: 60, missing: 0, doubled: 0 });
  });

  test('reads a body that is not chunked, and lines with a space, CR and other fields', async () => {
    const spaced = tick(1)
      .replaceAll(':', ': ')
      .replace('{"n": 1,"t": ', '{"n":1,"t":')
      .replaceAll('\n', '\r\n');
    const body = `\nretry: 5\n\n: comment\n\nevent: gap\ndata: {"reason":"lag"}\n\n${spaced.replace('"text": ', '"text":')}${tick(2)}`;
    const client = await clientsOf(answering(`${HEAD}\r\n${body}`, 5), nothing);

    await client.open(1, 0);
    await client.await(2);

    expect(await client.tally()).toMatchObject({ delivered: 2, missing: 0, doubled: 0 });
  });

  test('counts what is passed over as missing, and what comes again as doubled', async () => {
    const body = [1, 2, 2, 5, 3, 6].map((n) => tick(n)).join('');
    const client = await clientsOf(answering(`${HEAD}\r\n${body}`, 50), nothing);

    await client.open(1, 0);
    await client.await(6);

    expect(await client.tally()).toMatchObject({ delivered: 4, missing: 2, doubled: 2 });
  });

  test('counts the streams that the server has ended', async () => {
    const { server, publish, sockets } = broadcasting();
    const client = await clientsOf(server, publish);
    await client.open(3);

    const [first] = sockets;
    first!.end();

    await expectLost(client, 1);
  });

  test('opens streams again after it has closed them', async () => {
    const { server, publish, sockets } = broadcasting();
    server.on('connection', (socket: Socket) => socket.on('close', () => sockets.delete(socket)));
    const client = await clientsOf(server, publish);
    await client.open(20);
    await client.turns(2, 1);

    await client.close();
    while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
    await client.open(10);
    await client.turns(3, 1);

    expect(await client.tally()).toEqual({ due: 70, delivered: 70, missing: 0, doubled: 0, lost: 0 });
  });

  test('stops reading', async () => {
    const { server, publish, sockets } = broadcasting('x'.repeat(1024));
    const client = await clientsOf(server, nothing);
    await client.open(1);
    await client.stopReading();

    const [socket] = sockets;
    // More than the kernel takes for a client that reads nothing.
    while (socket!.writableLength < 1024 * 1024) {
      publish(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }

    expect(await client.tally()).toMatchObject({ delivered: 0, lost: 0 });
  });

  test('says that it has ended when a signal has ended it', async () => {
    const { server } = broadcasting();
    const client = await clientsOf(server, nothing);
    await client.open(1);

    const order = client.turns(1, 1);
    process.kill(client.pid, 'SIGKILL');

    await expect(order).rejects.toThrow('the load client has ended with SIGKILL at "turns 1 1"');
    await expect(client.tally()).rejects.toThrow('the load client has ended');
    await client.quit();
  });

  test('fails at what is too long for an order, and ends in order with the last one', async () => {
    const { server } = broadcasting();
    const trigger = join(folder, 'trigger-orders');
    await listen(server, 0);
    await listen(createServer(), trigger);
    const codeAfter = async (text: string) => {
      const port = String((server.address() as AddressInfo).port);
      const client = spawn(program, [port, '/', trigger, '1'], { stdio: ['pipe', 'ignore', 'ignore'] });
      client.stdin.on('error', nothing).end(text);
      const [code] = await once(client, 'exit');
      return code as number;
    };

    expect(await codeAfter('tally\n')).toBe(0);
    expect(await codeAfter('x'.repeat(5_000))).toBe(1);
  });

  test('begins a turn when every stream has the events of the one before', async () => {
    const { server, publish } = broadcasting();
    const turns: number[] = [];
    const client = await clientsOf(server, (count) => {
      turns.push(count);
      publish(count);
    });

    await client.open(200);
    await client.turns(5, 3);
    await client.open(100);
    await client.turns(2, 1);

    expect(turns).toEqual([3, 3, 3, 3, 3, 1, 1]);
    expect(await client.tally()).toMatchObject({
      due: 3_600,
      delivered: 3_600,
      missing: 0,
      doubled: 0,
      lost: 0,
    });
  });

  test('tells how long events were on their way', async () => {
    const { server, publish } = broadcasting();
    const client = await clientsOf(server, (count) => setTimeout(publish, 20, count));
    await client.open(10);

    await client.pace(5, 1e6);

    const { p50, p99 } = await client.latency();
    expect(p50).toBeGreaterThan(0);
    // The clock begins at publish, which here is 20 ms after the order.
    expect(p50).toBeLessThan(20e6);
    expect(p99).toBeGreaterThanOrEqual(p50);
    expect(await client.latency()).toEqual({ p50: 0, p99: 0 });
  });

  test('opens streams of HTTP/2, a hundred a session', async () => {
    const { server, publish, sessions } = broadcastingHttp2('x');
    const client = await clientsOf(server, publish, true);

    await client.open(150);
    await client.turns(10, 5);

    expect(sessions).toHaveLength(2);
    expect(await client.tally()).toMatchObject({
      due: 7_500,
      delivered: 7_500,
      missing: 0,
      doubled: 0,
      lost: 0,
    });
  });

  test('counts what is missing, doubled and ended over HTTP/2', async () => {
    const { server, streams } = broadcastingHttp2('x');
    const client = await clientsOf(server, nothing, true);
    await client.open(2, 0);

    for (const stream of streams) for (const n of [1, 2, 2, 5, 3, 6]) stream.write(tick(n));
    await client.await(6);
    const [first, second] = streams;
    first!.end();
    second!.close(2);

    await expectLost(client, 2);
    expect(await client.tally()).toMatchObject({ delivered: 8, missing: 4, doubled: 4 });
  });

  test('opens streams of HTTP/2 again after it has closed them', async () => {
    const { server, publish, streams } = broadcastingHttp2('x');
    server.on('stream', (stream: ServerHttp2Stream) => stream.on('close', () => streams.delete(stream)));
    const client = await clientsOf(server, publish, true);
    await client.open(150);
    await client.turns(1, 2);

    await client.close();
    while (streams.size > 0) await new Promise((resolve) => setImmediate(resolve));
    await client.open(10);
    await client.turns(1, 2);

    expect(await client.tally()).toEqual({ due: 320, delivered: 320, missing: 0, doubled: 0, lost: 0 });
  });

  test('opens the windows of HTTP/2 again and again', async () => {
    const { server, publish } = broadcastingHttp2('x'.repeat(16_384));
    const client = await clientsOf(server, publish, true);

    await client.open(2);
    await client.turns(20, 100);

    // 32 MiB for each stream, which may have 6 at once.
    expect(await client.tally()).toMatchObject({
      due: 4_000,
      delivered: 4_000,
      missing: 0,
      doubled: 0,
      lost: 0,
    });
  });
});
