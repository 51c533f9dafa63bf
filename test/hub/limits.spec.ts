import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { SseError, SseHub, type LimitOptions, type SseHubOptions } from 'nestjs-sse-hub';
import { serveHub, topicsOf } from '../support/served-hub.js';

const hubs: SseHub[] = [];

function hubWith(limits: LimitOptions, options: SseHubOptions = {}): SseHub {
  const hub = new SseHub({ ...options, limits });
  hubs.push(hub);
  return hub;
}

function refusal(make: () => unknown): SseError {
  try {
    make();
  } catch (error) {
    if (error instanceof SseError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A hub of short names. */
function short(): SseHub {
  return hubWith({ topicLength: 5 });
}

afterEach(async () => {
  jest.useRealTimers();
  for (const hub of hubs.splice(0)) await hub.close();
});

describe('The names of topics and users', () => {
  test('may be as long as the limit, in characters', async () => {
    await expect(short().publish('12345', { data: 1 })).resolves.toBeDefined();
    await expect(short().publish('ÄÖÜßé', { data: 1 })).resolves.toBeDefined();
    await expect(short().sendTo('12345', { data: 1 })).resolves.toBeDefined();
    expect(short().stream(['12345', 'a'], { user: '12345' }).topics).toEqual(['12345', 'a']);
  });

  test('are refused where they are longer, wherever they come in', async () => {
    const topic = { code: 'INVALID_TOPIC', statusCode: 400 };
    const user = { code: 'INVALID_USER', statusCode: 400 };
    await expect(short().publish(['a', '123456'], { data: 1 })).rejects.toMatchObject(topic);
    await expect(short().sendTo('123456', { data: 1 })).rejects.toMatchObject(user);
    await expect(short().presence('123456')).rejects.toMatchObject(topic);
    await expect(short().disconnect('123456')).rejects.toMatchObject(user);
    expect(refusal(() => short().stream('123456'))).toMatchObject(topic);
    expect(refusal(() => short().stream([], { user: '123456' }))).toMatchObject(user);
  });

  test('are refused with what is allowed, and without the whole of what was given', () => {
    const { message } = refusal(() => short().stream('x'.repeat(10_000)));
    expect(message).toContain('at most 5 characters (limits.topicLength)');
    expect(message).toContain('10000');
    expect(message.length).toBeLessThan(300);
  });
});

describe('A stream', () => {
  test('follows as many topics as the limit, each counted once', () => {
    const hub = hubWith({ topicsPerStream: 2 });
    expect(hub.stream(['a', 'b', 'a'], { user: 'u' }).topics).toEqual(['a', 'b']);
    expect(refusal(() => hub.stream(['a', 'b', 'c']))).toMatchObject({
      code: 'TOO_MANY_TOPICS',
      statusCode: 400,
    });
  });

  test('subscribes to no more than that either, and follows what it did', async () => {
    const served = await serveHub({ limits: { topicsPerStream: 2 } }, (hub) => ({ stream: hub.stream('a') }));
    const stream = await served.open('/');
    await stream.untilText('id:');
    const connection = served.connection();
    await connection.subscribe(['a', 'b']);

    expect(() => connection.subscribe(['b', 'c'])).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_TOPICS' }),
    );
    connection.unsubscribe('a');
    await connection.subscribe(['b', 'c']);

    expect(connection.topics).toEqual(['b', 'c']);
  });

  test('may be given no more by its handler and its subscriptions together', async () => {
    const served = await serveHub({ limits: { topicsPerStream: 2 } }, () => ({}));
    await served.open('/');
    const connection = served.connection();
    expect(() => connection.subscribe(['a', 'b', 'c'])).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_TOPICS' }),
    );
    await connection.subscribe(['a', 'b']);
    expect(connection.topics).toEqual(['a', 'b']);
  });
});

describe('An event', () => {
  test('has as many bytes as the limit, counted in UTF-8 without its id', async () => {
    const hub = hubWith({ eventBytes: 16 });
    // `data:`, eight bytes, and the blank line that ends it: fifteen bytes.
    await expect(hub.publish('a', { data: 'ÄÖÜß' })).resolves.toBeDefined();
    await expect(hub.publish('a', { id: 'an id of many bytes', data: '12345678' })).resolves.toBeDefined();
    await expect(hub.publish('a', { data: 'ÄÖÜßä' })).rejects.toMatchObject({
      code: 'EVENT_TOO_LARGE',
      message: expect.stringContaining('at most 16 bytes (limits.eventBytes), but this one has 17'),
    });
  });

  test('of too many bytes leaves nothing behind', async () => {
    const served = await serveHub({ limits: { eventBytes: 16 } }, (hub, request) => ({
      stream: hub.stream(topicsOf(request), { start: 'earliest' }),
    }));
    await expect(served.hub.publish('a', { data: 'x'.repeat(100) })).rejects.toBeDefined();
    await served.hub.publish('a', { data: 'next' });
    const stream = await served.open('/?topic=a');
    expect((await stream.nextEvent()).data).toBe('next');
    expect(served.hub.stats().published).toBe(1);
  });

  test('has an id of as many characters as a client may come back with', async () => {
    const hub = hubWith({ lastEventIdLength: 21 });
    await expect(hub.publish('a', { id: 'i'.repeat(21), data: 1 })).resolves.toBeDefined();
    await expect(hub.publish('a', { id: 'i'.repeat(22), data: 1 })).rejects.toMatchObject({
      code: 'INVALID_ID',
      message: expect.stringContaining('at most 21 characters (limits.lastEventIdLength)'),
    });
  });
});

describe('A Last-Event-ID that is longer than an id can be', () => {
  const limits = { lastEventIdLength: 21 };

  test('is known to nobody, and what is retained follows the gap', async () => {
    const served = await serveHub({ limits }, (hub) => ({ stream: hub.stream('a') }));
    await served.hub.publish('a', { id: 'i'.repeat(21), data: 'seen' });
    const stream = await served.open('/', { headers: { 'last-event-id': 'i'.repeat(22) } });
    const [gap, event] = [await stream.nextEvent(), await stream.nextEvent()];
    expect(gap).toMatchObject({ event: 'gap', data: '{"reason":"unknown-id"}' });
    expect(event).toMatchObject({ data: 'seen' });
  });

  test.each(['header', 'query'])('is cut where a connection keeps it (%s)', async (where) => {
    const served = await serveHub({ limits }, (hub) => ({ stream: hub.stream('a') }));
    const id = 'i'.repeat(5_000);
    await (where === 'header'
      ? served.open('/', { headers: { 'last-event-id': id } })
      : served.open(`/?lastEventId=${id}`));
    expect(served.connection().lastEventId).toBe('i'.repeat(22));
  });

  test('does not make the log look for it', async () => {
    const served = await serveHub({ limits }, (hub) => ({ stream: hub.stream('a') }));
    const { id } = await served.hub.publish('a', { data: 1 });
    const stream = await served.open('/', { headers: { 'last-event-id': `${id}${'0'.repeat(100)}` } });
    expect((await stream.nextEvent()).event).toBe('gap');
  });
});

describe('A publisher', () => {
  const event = { data: 1 };
  const publisher = 'ann';

  test('adds as many topics as the limit at once, and then so many in a second', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const hub = hubWith({ newTopicsPerSecond: 2 });
    await hub.publish('a', event, { publisher });
    await hub.publish('b', event, { publisher });
    await expect(hub.publish('c', event, { publisher })).rejects.toMatchObject({
      code: 'TOO_MANY_TOPICS',
      statusCode: 429,
      retryAfter: 1,
      message: expect.stringContaining('limits.newTopicsPerSecond'),
    });
    jest.advanceTimersByTime(500);
    await expect(hub.publish('c', event, { publisher })).resolves.toBeDefined();
    await expect(hub.publish('d', event, { publisher })).rejects.toBeDefined();
    jest.advanceTimersByTime(60_000);
    await hub.publish('e', event, { publisher });
    await hub.publish('f', event, { publisher });
    await expect(hub.publish('g', event, { publisher })).rejects.toBeDefined();
  });

  test('publishes to topics that are no longer new as often as it likes', async () => {
    const hub = hubWith({ newTopicsPerSecond: 1 });
    for (let n = 0; n < 100; n++) await hub.publish('a', event, { publisher });
    expect(hub.stats().published).toBe(100);
  });

  test('does not take from others', async () => {
    const hub = hubWith({ newTopicsPerSecond: 1 });
    await hub.publish('a', event, { publisher: 'ann' });
    await expect(hub.publish('b', event, { publisher: 'ann' })).rejects.toBeDefined();
    await expect(hub.publish('c', event, { publisher: 'bob' })).resolves.toBeDefined();
    await expect(hub.publish('d', event)).resolves.toBeDefined();
  });

  test('is counted the users too whom it sends something to', async () => {
    const hub = hubWith({ newTopicsPerSecond: 1 });
    await hub.sendTo('bob', event, { publisher });
    await expect(hub.sendTo('cid', event, { publisher })).rejects.toMatchObject({ code: 'TOO_MANY_TOPICS' });
  });

  test('is counted each topic of a publish, and none where it is refused', async () => {
    const hub = hubWith({ newTopicsPerSecond: 2 });
    await expect(hub.publish(['a', 'b', 'c'], event, { publisher })).rejects.toBeDefined();
    await expect(hub.publish(['a', 'b'], event, { publisher })).resolves.toBeDefined();
  });

  test.each([{ publisher: '' }, { publisher: 5 }, { publsher: 'ann' }, 'ann'])(
    'is not %j',
    async (options) => {
      await expect(hubWith({}).publish('a', event, options as object)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    },
  );
});
