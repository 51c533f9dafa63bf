import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SseHubOptions } from 'nestjs-sse-hub';
import { serveHub, topicsOf } from '../support/served-hub.js';

// Longer than any test takes: what waits comes because of something else.
const NEVER = 3_600_000;

afterEach(() => {
  jest.useRealTimers();
});

const serve = (options: SseHubOptions) =>
  serveHub({ heartbeat: false, ...options }, (hub, request) => ({
    stream: hub.stream(topicsOf(request), { user: 'ann' }),
  }));

/** Only the timers that wait: sockets and turns go on. */
function fakeTimeouts(): void {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'performance', 'Date'],
  });
}

describe('An event of a topic that has a flush interval', () => {
  test('leaves when that is over, together with those that came meanwhile', async () => {
    fakeTimeouts();
    const { hub, open } = await serve({ flushInterval: 100 });
    const stream = await open('/?topic=a');
    await hub.publish('a', { data: '1' });
    jest.advanceTimersByTime(60);
    await hub.publish('a', { data: '2' });
    jest.advanceTimersByTime(39);
    await nextTurn();
    expect(hub.stats().delivered).toBe(0);
    jest.advanceTimersByTime(1);
    expect(await stream.nextData(2)).toEqual(['1', '2']);
  });

  test('waits for its own where the topic, or the prefix of its name, has one', async () => {
    const { hub, open } = await serve({
      flushInterval: NEVER,
      topics: [
        { prefix: 'ticks/', flushInterval: 0 },
        { prefix: 'ticks/slow/', flushInterval: NEVER },
        { topic: 'ticks/slow/but-one', flushInterval: 0 },
      ],
    });
    const names = ['ticks/1', 'ticks/slow/1', 'ticks/slow/but-one', 'other'];
    const streams = await Promise.all(names.map((name) => open(`/?topic=${name}`)));
    for (const name of names) await hub.publish(name, { data: name });
    expect((await streams[0]!.nextEvent()).data).toBe('ticks/1');
    expect((await streams[2]!.nextEvent()).data).toBe('ticks/slow/but-one');
    expect(hub.stats().delivered).toBe(2);
  });

  test('comes along, in its place, with an event of the stream that does not wait', async () => {
    const { hub, open } = await serve({ topics: [{ topic: 'hot', flushInterval: NEVER }] });
    const both = await open('/?topic=hot&topic=cold');
    const hot = await open('/?topic=hot');
    await hub.publish('hot', { data: '1' });
    await hub.publish('cold', { data: '2' });
    expect(await both.nextData(2)).toEqual(['1', '2']);
    await hub.publish('hot', { data: '3' });
    await hub.sendTo('ann', { data: '4' });
    expect(await both.nextData(2)).toEqual(['3', '4']);
    expect(await hot.nextData(3)).toEqual(['1', '3', '4']);
  });

  test('does not wait, nor a timer for it, where 65,536 characters do', async () => {
    fakeTimeouts();
    const { hub, open } = await serve({ flushInterval: NEVER, stallTimeout: 0 });
    const stream = await open('/?topic=a');
    await stream.untilText('\n\n');
    // The log's own timer, which looks for what has expired.
    await hub.publish('other', { data: 'other' });
    const timers = jest.getTimerCount();
    const data = 'x'.repeat(20_000);
    for (let n = 0; n < 4; n++) await hub.publish('a', { data });
    expect(jest.getTimerCount()).toBe(timers);
    expect(await stream.nextData(4)).toEqual([data, data, data, data]);
  });

  test('is not for a stream that subscribes to the topic while it waits', async () => {
    const { hub, open, connection } = await serve({ topics: [{ topic: 'hot', flushInterval: NEVER }] });
    await open('/?topic=hot');
    const stream = await open('/?topic=cold');
    await stream.untilText('\n\n');
    await hub.publish('hot', { data: 'before' });
    await connection().subscribe('hot');
    await hub.publish('hot', { data: 'after' });
    await hub.publish('cold', { data: 'cold' });
    expect(await stream.nextData(2)).toEqual(['after', 'cold']);
  });

  test('is still for a stream that unsubscribes from the topic while it waits', async () => {
    const { hub, open, connection } = await serve({ topics: [{ topic: 'hot', flushInterval: NEVER }] });
    const stream = await open('/?topic=hot&topic=cold');
    await stream.untilText('\n\n');
    await hub.publish('hot', { data: 'before' });
    connection().unsubscribe('hot');
    await hub.publish('hot', { data: 'after' });
    await hub.publish('cold', { data: 'cold' });
    expect(await stream.nextData(2)).toEqual(['before', 'cold']);
  });

  test('is no part of the position before it is written', async () => {
    const { hub, open, connection } = await serve({ flushInterval: NEVER });
    const stream = await open('/?topic=a');
    await stream.untilText('\n\n');
    const { position } = connection();
    await hub.publish('a', { data: 'waits' });
    expect(connection().position).toBe(position);
    const { id } = await hub.publish('other', { data: 'nobody follows' });
    expect(connection().position).toBe(position);
    expect(id).not.toBe(position);
  });

  test.each([
    ['is disconnected', (hub: { disconnect(user: string): Promise<void> }) => hub.disconnect('ann')],
    ['is shut down with the hub', (hub: { close(): Promise<void> }) => hub.close()],
  ])('is written to a stream that %s, before its end', async (_when, end) => {
    const { hub, open } = await serve({ flushInterval: NEVER });
    const stream = await open('/?topic=a');
    await stream.untilText('\n\n');
    await hub.publish('a', { data: 'waits' });
    await end(hub);
    expect(await stream.ended).toBe('complete');
    expect(stream.events.map(({ data }) => data)).toEqual(['waits']);
  });

  test('is written to a stream with a filter before its end, however much has come', async () => {
    const { hub, open } = await serveHub({ heartbeat: false, flushInterval: NEVER }, (it) => ({
      stream: it.stream('a', { user: 'ann', filter: () => true }),
    }));
    const stream = await open('/');
    await stream.untilText('\n\n');
    const names = Array.from({ length: 20 }, (_, index) => String(index));
    for (const event of names) void hub.publish('a', { event, data: 'x'.repeat(10_000) });
    void hub.disconnect('ann');
    expect(await stream.ended).toBe('complete');
    expect(stream.events.map(({ event }) => event)).toEqual(names);
  });

  test('is not missed by a stream that comes back while it waits', async () => {
    const { hub, open, nextDisconnect } = await serve({ topics: [{ topic: 'a', flushInterval: NEVER }] });
    const stream = await open('/?topic=a');
    await stream.untilText('\n\n');
    const position = /^id:(.*)$/m.exec(stream.text)![1]!;
    await hub.publish('a', { data: 'waits' });
    stream.leave();
    await nextDisconnect();
    const again = await open('/?topic=a', { lastEventId: position });
    expect((await again.nextEvent()).data).toBe('waits');
    await hub.sendTo('ann', { data: 'next' });
    expect((await again.nextEvent()).data).toBe('next');
  });

  test('is forgotten where nobody follows its topic any more', async () => {
    fakeTimeouts();
    const { hub, open, nextDisconnect } = await serve({ flushInterval: 100, stallTimeout: 0 });
    const stream = await open('/?topic=a');
    await stream.untilText('\n\n');
    // The log's own timer, which looks for what has expired.
    await hub.publish('other', { data: 'other' });
    const timers = jest.getTimerCount();
    await hub.publish('a', { data: 'waits' });
    expect(jest.getTimerCount()).toBe(timers + 1);
    stream.leave();
    await nextDisconnect();
    expect(jest.getTimerCount()).toBe(timers);
  });
});

test('Flush intervals have one timer each, and none while nothing waits', async () => {
  fakeTimeouts();
  const { hub, open } = await serve({
    flushInterval: 100,
    topics: [{ prefix: 'b', flushInterval: 50 }],
    heartbeat: false,
    stallTimeout: 0,
  });
  const topics = ['a1', 'a2', 'a3', 'b1', 'b2'];
  const streams = await Promise.all(topics.map((topic) => open(`/?topic=${topic}`)));
  await Promise.all(streams.map((stream) => stream.untilText('\n\n')));
  // The log's own, which looks for what has expired.
  await hub.publish('other', { data: 'other' });
  const timers = jest.getTimerCount();
  for (const topic of topics) await hub.publish(topic, { data: topic });
  expect(jest.getTimerCount()).toBe(timers + 2);
  jest.advanceTimersByTime(100);
  expect(jest.getTimerCount()).toBe(timers);
  for (const [index, stream] of streams.entries())
    expect((await stream.nextEvent()).data).toBe(topics[index]);
});
