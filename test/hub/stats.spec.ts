import { describe, expect, jest, test } from '@jest/globals';
import { serveHub, topicsOf } from '../support/served-hub.js';

const serve = () =>
  serveHub({}, (hub, request) => {
    const topics = topicsOf(request);
    return topics.length === 0 ? {} : { stream: hub.stream(topics, { user: 'ann' }) };
  });

describe('hub.stats()', () => {
  test('begins with nothing', async () => {
    const { hub } = await serve();
    const { closed, refused, gaps, ...counts } = hub.stats();
    for (const count of [...Object.values(counts), ...Object.values(closed)]) expect(count).toBe(0);
    for (const count of [...Object.values(refused), ...Object.values(gaps)]) expect(count).toBe(0);
    expect(Object.keys(gaps)).toEqual(['evicted', 'epoch', 'unknown-id', 'lag']);
  });

  test('counts streams, live events and replayed ones, and the bytes that were written', async () => {
    const { hub, open, nextDisconnect } = await serve();
    const first = await open('/?topic=a');
    await first.untilText('id:');
    const { id } = await hub.publish('a', { data: 1 });
    await hub.publish('a', { data: 2 });
    await hub.publish('nobody follows this', { data: 3 });
    await first.nextEvent();
    await first.nextEvent();
    const second = await open('/?topic=a', { lastEventId: id });
    await second.nextEvent();
    first.leave();
    await nextDisconnect();

    expect(hub.stats()).toMatchObject({
      open: 1,
      opened: 2,
      closed: { client: 1, shutdown: 0 },
      published: 3,
      delivered: 3,
      replayed: 1,
      bytes: first.text.length + second.text.length,
    });
  });

  test('counts an event once for each stream that is written it', async () => {
    const { hub, open } = await serve();
    const streams = await Promise.all([open('/?topic=a&topic=b'), open('/?topic=b')]);
    await Promise.all(streams.map((stream) => stream.untilText('id:')));
    await hub.publish(['a', 'b'], { data: 1 });
    await Promise.all(streams.map((stream) => stream.nextEvent()));
    expect(hub.stats()).toMatchObject({ published: 1, delivered: 2, replayed: 0 });
  });

  test('counts the gaps that clients are told of', async () => {
    const { hub, open } = await serve();
    await (await open('/?topic=a', { lastEventId: 'nobody knows it' })).nextEvent();
    await (await open('/?topic=a', { lastEventId: '1aaaaaaaa-5' })).nextEvent();
    expect(hub.stats().gaps).toEqual({ evicted: 0, epoch: 1, 'unknown-id': 1, lag: 0 });
  });

  test('does not count what could not be published', async () => {
    const { hub } = await serve();
    await expect(hub.publish('', { data: 1 })).rejects.toBeDefined();
    expect(hub.stats().published).toBe(0);
  });

  test('is a copy that does not change', async () => {
    const { hub, open } = await serve();
    const before = hub.stats();
    await open('/?topic=a', { lastEventId: 'nobody knows it' });
    expect(before).toMatchObject({ opened: 0, gaps: { 'unknown-id': 0 } });
  });
});

describe('hub.inspect()', () => {
  test('shows the streams and the public topics', async () => {
    const { hub, open, connection } = await serve();
    const stream = await open('/?topic=a&topic=b');
    await stream.untilText('id:');
    const { id } = await hub.publish('a', { data: 1 });
    await stream.nextEvent();
    await hub.sendTo('ann', { data: 2 });
    await stream.nextEvent();
    await open('/');

    const { streams, topics, total } = hub.inspect();

    expect(total).toEqual({ streams: 2, topics: 2 });
    expect(topics).toEqual([
      { topic: 'a', streams: 1, published: 1 },
      { topic: 'b', streams: 1, published: 0 },
    ]);
    expect(streams[0]).toMatchObject({
      user: 'ann',
      address: '127.0.0.1',
      topics: ['a', 'b'],
      isLagging: false,
      pendingBytes: 0,
    });
    expect(streams[0]!.position).not.toBe(id);
    expect(streams[1]).toMatchObject({ id: connection().id, user: undefined, topics: [], isLagging: false });
  });

  test('lists no more than the limit, the oldest first, and tells how many there are', async () => {
    const { hub, open } = await serve();
    for (const topic of ['a', 'b', 'c']) await open(`/?topic=${topic}`);
    const { streams, topics, total } = hub.inspect({ limit: 2 });
    expect(streams.map(({ topics: its }) => its)).toEqual([['a'], ['b']]);
    expect(topics.map(({ topic }) => topic)).toEqual(['a', 'b']);
    expect(total).toEqual({ streams: 3, topics: 3 });
  });

  test.each([{ limit: -1 }, { limit: 0.5 }, { limit: '5' }, { limit: null }, { limt: 5 }, null, 5])(
    'refuses %j',
    async (options) => {
      const { hub } = await serve();
      expect(() => hub.inspect(options as object)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
    },
  );
});

describe('The delay from publish to write', () => {
  test('is told once for each event that somebody follows', async () => {
    const { hub, open } = await serve();
    const delays: number[] = [];
    hub.observeDelay((seconds) => delays.push(seconds));
    const streams = await Promise.all([open('/?topic=a&topic=b'), open('/?topic=b')]);
    await Promise.all(streams.map((stream) => stream.untilText('id:')));
    await hub.publish('nobody follows this', { data: 1 });
    await hub.publish(['a', 'b'], { data: 1 });
    await hub.publish('b', { data: 2 });
    await Promise.all(streams.map((stream) => stream.nextEvent()));
    expect(delays).toHaveLength(2);
    for (const delay of delays) expect(delay).toBeGreaterThan(0);
  });

  test('is told of no more when nobody wants to know it', async () => {
    const { hub, open } = await serve();
    const observer = jest.fn();
    hub.observeDelay(observer);
    hub.observeDelay(undefined);
    const stream = await open('/?topic=a');
    await hub.publish('a', { data: 1 });
    await stream.nextEvent();
    expect(observer).not.toHaveBeenCalled();
  });
});
