import { describe, expect, test } from '@jest/globals';
import type { SseHubOptions } from 'nestjs-sse-hub';
import { serveHub, topicsOf } from '../support/served-hub.js';

const serve = (options: SseHubOptions = {}) =>
  serveHub(options, (hub, request) => ({ stream: hub.stream(topicsOf(request)) }));

describe('subscribe on an open stream', () => {
  test('starts the topic at now', async () => {
    const { hub, open, connection } = await serve();
    const stream = await open('/?topic=a');
    await hub.publish('b', { data: 'before' });
    void connection().subscribe('b');
    await hub.publish('b', { data: 'after' });
    expect((await stream.nextEvent()).data).toBe('after');
  });

  test('starts the topic at now also where the stream follows nothing yet', async () => {
    const { hub, open, connection } = await serveHub({}, () => ({}));
    const stream = await open('/', { lastEventId: 'whatever' });
    await hub.publish('b', { data: 'before' });
    void connection().subscribe(['b']);
    await hub.publish('b', { data: 'after' });
    expect((await stream.nextEvent()).data).toBe('after');
  });

  test('is seen in the topics of the connection', async () => {
    const { open, connection } = await serve();
    await open('/?topic=a');
    void connection().subscribe(['b', 'c']);
    connection().unsubscribe('a');
    expect(connection().topics).toEqual(['b', 'c']);
  });

  test('throws INVALID_TOPIC for what is no topic', async () => {
    const { open, connection } = await serve();
    await open('/?topic=a');
    expect(() => connection().subscribe('')).toThrow(expect.objectContaining({ code: 'INVALID_TOPIC' }));
  });
});

describe('unsubscribe', () => {
  test('ends a topic after what was published before', async () => {
    const { hub, open, connection } = await serve();
    const stream = await open('/?topic=a&topic=b');
    await hub.publish('a', { data: 'before' });
    connection().unsubscribe('a');
    await hub.publish('a', { data: 'after' });
    await hub.publish('b', { data: 'other' });
    expect(await stream.nextData(2)).toEqual(['before', 'other']);
  });
});

describe('connection.send', () => {
  test('refuses an id on a stream that follows topics', async () => {
    const { open, connection } = await serve();
    await open('/?topic=a');
    await expect(connection().send({ id: '1', data: 'x' })).rejects.toMatchObject({ code: 'INVALID_ID' });
  });

  test('sends to one client only', async () => {
    const { hub, open, connection } = await serve();
    const [first, second] = [await open('/?topic=a'), await open('/?topic=a')];
    await connection().send({ data: 'for the second' });
    await hub.publish('a', { data: 'for both' });
    expect(await second.nextData(2)).toEqual(['for the second', 'for both']);
    expect((await first.nextEvent()).data).toBe('for both');
  });

  test('rejects with CONNECTION_CLOSED when the connection is closed', async () => {
    const { open, connection } = await serve();
    await open('/?topic=a');
    connection().close();
    await expect(connection().send({ data: 'late' })).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });
});
