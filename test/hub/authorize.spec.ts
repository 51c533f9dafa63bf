import { describe, expect, test } from '@jest/globals';
import type { Authorize, SseConnection } from 'nestjs-sse-hub';
import { Subject, firstValueFrom } from 'rxjs';
import { serveHub, topicsOf } from '../support/served-hub.js';

/** Says yes to all topics but those that begin with "secret". */
const openOnly: Authorize = (topic) => !topic.startsWith('secret');

/** The same, but later. */
const openOnlyLater: Authorize = async (topic) => {
  await new Promise((resolve) => setImmediate(resolve));
  return !topic.startsWith('secret');
};

const serve = (authorize: Authorize, own?: Authorize) =>
  serveHub({ authorize }, (hub, request) => ({
    stream: hub.stream(topicsOf(request), own && { authorize: own }),
  }));

describe.each([
  ['at once', openOnly],
  ['later', openOnlyLater],
])('authorize, answering %s,', (_when, authorize) => {
  test('lets a stream follow topics', async () => {
    const { hub, open } = await serve(authorize);
    const stream = await open('/?topic=a&topic=b');
    await hub.publish('b', { data: 'yes' });
    expect((await stream.nextEvent()).data).toBe('yes');
  });

  test('keeps a stream from beginning that names a topic which it may not follow', async () => {
    const { hub, open } = await serve(authorize);
    await hub.publish('secret', { data: 'hidden' });
    const refused = await open('/?topic=a&topic=secret', { lastEventId: 'x' });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({
      statusCode: 403,
      message: 'the topic "secret" may not be followed',
    });
    expect(hub.stats()).toMatchObject({ opened: 0, delivered: 0 });
    expect(await hub.presence('secret')).toEqual([]);
  });

  test('keeps an open stream from further topics, and lets it go on', async () => {
    const { hub, open, connection } = await serve(authorize);
    const stream = await open('/?topic=a');
    await expect(connection().subscribe(['b', 'secret'])).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(connection().topics).toEqual(['a']);
    await hub.publish(['b', 'secret'], { data: 'hidden' });
    await hub.publish('a', { data: 'seen' });
    expect((await stream.nextEvent()).data).toBe('seen');
  });

  test('lets an open stream follow further topics from when it has said yes', async () => {
    const { hub, open, connection } = await serve(authorize);
    const stream = await open('/?topic=a');
    await connection().subscribe('b');
    await hub.publish('b', { data: 'seen' });
    expect((await stream.nextEvent()).data).toBe('seen');
  });

  test("is asked besides the stream's own, and both must say yes", async () => {
    const { open } = await serve(authorize, (topic) => topic !== 'a');
    expect((await open('/?topic=b')).status).toBe(200);
    expect((await open('/?topic=a')).status).toBe(403);
    expect((await open('/?topic=secret')).status).toBe(403);
  });

  test('leaves a stream that follows nothing as it is where it says no', async () => {
    const { hub, open, connection } = await serveHub({ authorize }, () => ({}));
    await open('/');
    await expect(connection().subscribe('secret')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(connection().topics).toEqual([]);
    expect(await hub.presence('secret')).toEqual([]);
    await connection().send({ id: 'its own', data: 1 });
  });

  test('does not speak of what is sent to the user or broadcast', async () => {
    const asked: string[] = [];
    const { hub, open } = await serveHub(
      {
        authorize: (topic, connection) => {
          asked.push(`${connection.user} ${topic}`);
          return authorize(topic, connection);
        },
      },
      (its, request) => ({ stream: its.stream(topicsOf(request), { user: 'ann' }) }),
    );
    const stream = await open('/?topic=a');
    await hub.sendTo('ann', { data: 'direct' });
    await hub.broadcast({ data: 'all' });
    expect([(await stream.nextEvent()).data, (await stream.nextEvent()).data]).toEqual(['direct', 'all']);
    expect(asked).toEqual(['ann a']);
  });
});

describe('unsubscribe', () => {
  test('takes back what is still being asked about', async () => {
    const { hub, open, connection } = await serve(openOnlyLater);
    const stream = await open('/?topic=a');
    const done = connection().subscribe(['b', 'c']);
    connection().unsubscribe('b');
    await done;
    expect(connection().topics).toEqual(['a', 'c']);
    await hub.publish('b', { data: 'not wanted' });
    await hub.publish('c', { data: 'wanted' });
    expect((await stream.nextEvent()).data).toBe('wanted');
  });
});

describe('authorize', () => {
  test.each([
    ['another refuses at once', () => false, 403],
    [
      'another throws at once',
      () => {
        throw new Error('database away');
      },
      200,
    ],
  ])('that refuses later, where %s, harms nobody', async (_what, own, status) => {
    const { open } = await serve(async () => Promise.resolve(false), own);
    expect((await open('/?topic=a')).status).toBe(status);
    // Jest fails the test for a rejection that nobody has handled.
    await new Promise((resolve) => setImmediate(resolve));
  });

  test('that has not answered yet lets nobody see the topic as followed', async () => {
    const asked = new Subject<SseConnection>();
    const { hub, open } = await serveHub(
      {
        authorize: async (_topic, connection) => {
          asked.next(connection);
          return new Promise(() => undefined);
        },
      },
      (its, request) => ({ stream: its.stream(topicsOf(request), { user: 'ann' }) }),
    );
    const waiting = firstValueFrom(asked);
    const opening = open('/?topic=a');
    const connection = await waiting;
    expect(connection.topics).toEqual([]);
    expect(hub.inspect()).toMatchObject({ total: { streams: 0, topics: 0 }, topics: [] });
    await hub.disconnect('ann');
    expect((await opening).status).toBe(200);
    expect(connection.closeReason).toBe('disconnected');
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('database away');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('database away'))],
    ['answers with nothing', () => undefined],
    ['answers with a word', () => 'yes'],
    ['answers with a promise of a word', async () => Promise.resolve('yes')],
  ])('that %s is taken for a failure, and nothing is followed', async (_what, authorize) => {
    const { hub, open, errors } = await serve(authorize as unknown as Authorize);
    await hub.publish('a', { data: 'hidden' });
    const stream = await open('/?topic=a', { lastEventId: 'x' });
    expect(await stream.whole()).toBe(
      'event:error\ndata:{"statusCode":500,"message":"Internal server error"}\n\n',
    );
    expect(errors).toHaveLength(1);
    expect(hub.stats().delivered).toBe(0);
  });

  test('keeps the head back while it has not said yes, and then replays what came meanwhile', async () => {
    const answer = new Subject<boolean>();
    const { hub, open } = await serve(async () => firstValueFrom(answer));
    const { id } = await hub.publish('a', { data: 1 });
    const opening = open('/?topic=a', { lastEventId: id });
    while (!answer.observed) await new Promise((resolve) => setImmediate(resolve));
    await hub.publish('a', { data: 2 });
    expect(hub.connectionCount).toBe(0);
    answer.next(true);
    const stream = await opening;
    expect((await stream.nextEvent()).data).toBe('2');
  });

  test('that has not answered does not keep the hub from closing', async () => {
    const asked = new Subject<SseConnection>();
    const { hub, open } = await serve(async (_topic, connection) => {
      asked.next(connection);
      return new Promise(() => undefined);
    });
    const waiting = firstValueFrom(asked);
    const opening = open('/?topic=a');
    const connection = await waiting;
    await hub.close();
    expect((await opening).status).toBe(200);
    expect(connection.closeReason).toBe('shutdown');
  });

  test('whose client has left meanwhile follows nothing', async () => {
    const answer = new Subject<boolean>();
    const { hub, open, connection } = await serve(async () => firstValueFrom(answer));
    const stream = open('/?topic=a').catch(() => undefined);
    while (!answer.observed) await new Promise((resolve) => setImmediate(resolve));
    connection().close();
    await stream;
    answer.next(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await hub.presence('a')).toEqual([]);
    expect(hub.stats().delivered).toBe(0);
  });

  test('sees the request, with what the platform knows of it', async () => {
    const { open } = await serve((topic, { request }) => {
      const { headers } = request as { headers: Record<string, string> };
      return headers['x-role'] === topic;
    });
    expect((await open('/?topic=admin', { headers: { 'x-role': 'admin' } })).status).toBe(200);
    expect((await open('/?topic=admin', { headers: { 'x-role': 'guest' } })).status).toBe(403);
  });

  test('is asked again by who comes back: the last id gives no right to anything', async () => {
    const allowed = new Set(['a']);
    const { hub, open } = await serve((topic) => allowed.has(topic));
    const first = await open('/?topic=a');
    await first.untilText('id:');
    const { id } = await hub.publish('a', { data: 1 });
    await first.nextEvent();
    first.leave();
    await hub.publish('a', { data: 2 });
    allowed.delete('a');
    expect((await open('/?topic=a', { lastEventId: id })).status).toBe(403);
    expect((await open('/?topic=b&topic=a', { lastEventId: id })).status).toBe(403);
    allowed.add('b');
    const other = await open('/?topic=b', { lastEventId: id });
    await hub.publish('b', { data: 'b' });
    expect((await other.nextEvent()).data).toBe('b');
  });
});
