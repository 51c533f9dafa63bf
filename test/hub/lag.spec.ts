import { describe, expect, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { memoryLog, type HubStreamOptions } from 'nestjs-sse-hub';
import { serveHub, topicsOf } from '../support/served-hub.js';

// More than the sockets of a client that does not read can hold between server and client.
const EVENTS = 1_024;
const PAYLOAD = 'x'.repeat(16 * 1024);

const dataOf = (index: number) => `${index} ${PAYLOAD}`;
const indexOf = (data: string) => Number(data.split(' ', 1)[0]);

function serve(count: number, options: HubStreamOptions = {}) {
  const log = memoryLog({ retention: { count, bytes: Infinity } });
  return serveHub({ log }, (hub, request) => ({ stream: hub.stream(topicsOf(request), options) }));
}

type Served = Awaited<ReturnType<typeof serve>>;
type Stream = Awaited<ReturnType<Served['open']>>;

async function publishAll({ hub }: Served): Promise<void> {
  for (let index = 0; index < EVENTS; index++) {
    await hub.publish('a', { data: dataOf(index) });
    if (index % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function untilIndex(stream: Stream, index: number): Promise<void> {
  await stream.until(() =>
    stream.events.some(({ event, data }) => event === undefined && indexOf(data) === index),
  );
}

const indexes = (stream: Stream) =>
  stream.events.filter(({ event }) => event === undefined).map(({ data }) => indexOf(data));

describe('a client that does not read', () => {
  test('gets everything that is retained, in order, when it reads again', async () => {
    const served = await serve(EVENTS);
    const slow = await served.open('/?topic=a', { paused: true });
    await publishAll(served);
    slow.resume();
    await untilIndex(slow, EVENTS - 1);
    expect(indexes(slow)).toEqual(Array.from({ length: EVENTS }, (_, index) => index));
  });

  test('delays nobody', async () => {
    const served = await serve(8);
    await served.open('/?topic=a', { paused: true });
    const live = await served.open('/?topic=a');
    await publishAll(served);
    await untilIndex(live, EVENTS - 1);
    expect(indexes(live)).toHaveLength(EVENTS);
  });

  test('has no more pending than a piece of the log, however much is published', async () => {
    const responses: ServerResponse[] = [];
    const served = await serveHub(
      { log: memoryLog({ retention: { count: EVENTS, bytes: Infinity } }) },
      (hub, _request, response) => {
        responses.push(response);
        return { stream: hub.stream('a') };
      },
    );
    await served.open('/', { paused: true });
    await publishAll(served);
    expect(responses[0]!.writableLength).toBeGreaterThan(0);
    expect(responses[0]!.writableLength).toBeLessThan(160 * 1024);
  });

  test('that keeps up gets a burst whole that is larger than retention', async () => {
    const served = await serve(8);
    const live = await served.open('/?topic=a');
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => served.hub.publish('a', { data: dataOf(index) })),
    );
    await untilIndex(live, 99);
    expect(live.events.map(({ data }) => indexOf(data))).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
  });

  test('is told what retention has taken away meanwhile, and gets what is left', async () => {
    const served = await serve(8);
    const slow = await served.open('/?topic=a', { paused: true });
    await publishAll(served);
    slow.resume();
    await untilIndex(slow, EVENTS - 1);
    const gaps = slow.events.filter(({ event }) => event === 'gap');
    expect(gaps.map(({ data }) => (JSON.parse(data) as { reason: string }).reason)).toEqual(['lag']);
    const received = indexes(slow);
    expect(received.toSorted((a, b) => a - b)).toEqual(received);
    expect(new Set(received).size).toBe(received.length);
    expect(received.slice(-8)).toEqual(Array.from({ length: 8 }, (_, index) => EVENTS - 8 + index));
    expect(received.length).toBeLessThan(EVENTS);
  });

  test("gets only what is new after the gap where the stream has onLag: 'latest'", async () => {
    const served = await serve(8, { onLag: 'latest' });
    const slow = await served.open('/?topic=a', { paused: true });
    await publishAll(served);
    slow.resume();
    await slow.until(() => slow.events.at(-1)?.event === 'gap');
    await served.hub.publish('a', { data: 'new' });
    await slow.until(() => slow.events.at(-1)?.data === 'new');
    expect(slow.events.at(-2)!.event).toBe('gap');
  });

  test("is disconnected after the gap where the stream has onLag: 'disconnect'", async () => {
    const served = await serve(8, { onLag: 'disconnect' });
    const slow = await served.open('/?topic=a', { paused: true });
    await publishAll(served);
    slow.resume();
    expect(await slow.ended).toBe('complete');
    expect(slow.events.at(-1)!.event).toBe('gap');
    expect((await served.nextDisconnect()).reason).toBe('lag');
  });

  test('starts a topic that it subscribes to while it is behind at that moment', async () => {
    const served = await serve(EVENTS);
    const slow = await served.open('/?topic=a', { paused: true });
    const connection = served.connection();
    await publishAll(served);
    await served.hub.publish('b', { data: 'b before' });
    void connection.subscribe('b');
    await served.hub.publish('b', { data: 'b after' });
    slow.resume();
    await slow.until(() => slow.events.at(-1)?.data === 'b after');
    expect(slow.text).not.toContain('b before');
  });

  test('is closed as queue-full when more is sent to it than it may have pending', async () => {
    const served = await serveHub({ maxSendQueue: 64 * 1024 }, () => ({}));
    await served.open('/', { paused: true });
    const connection = served.connection();
    const send = async () => {
      for (;;) {
        await Promise.race([
          connection.send({ data: PAYLOAD }),
          new Promise((resolve) => setImmediate(resolve)),
        ]);
      }
    };
    await expect(send()).rejects.toMatchObject({
      code: expect.stringMatching(/QUEUE_FULL|CONNECTION_CLOSED/),
    });
    expect((await served.nextDisconnect()).reason).toBe('queue-full');
  });

  test('holds send() back until it has read', async () => {
    const served = await serveHub({}, () => ({}));
    const stream = await served.open('/', { paused: true });
    const connection = served.connection();
    let sent = 0;
    const sending = (async () => {
      for (; sent < 2_000; sent++) await connection.send({ data: `${sent} ${PAYLOAD}` });
    })();
    // Sending stands still when the sockets are full: nothing is sent during several turns.
    for (let before = -1, still = 0; still < 50; before = sent) {
      await new Promise((resolve) => setImmediate(resolve));
      still = sent === before ? still + 1 : 0;
    }
    expect(sent).toBeLessThan(2_000);
    stream.resume();
    await sending;
    await untilIndex(stream, 1_999);
  });
});
