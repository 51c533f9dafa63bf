import { describe, expect, test } from '@jest/globals';
import type { SseConnection, SseHub } from 'nestjs-sse-hub';
import { serveHub, topicsOf } from '../support/served-hub.js';

/** Streams of the topics in the path, where the first of each name has a filter that does something once. */
async function serveActing(
  act: (hub: SseHub, connections: Map<string, SseConnection>) => void,
  waiting: string[] = [],
) {
  const connections = new Map<string, SseConnection>();
  const topics = waiting.map((topic) => ({ topic, flushInterval: 3_600_000 }));
  let hasActed = false;
  const served = await serveHub({ topics, heartbeat: false }, (hub, request) => ({
    stream: hub.stream(topicsOf(request), {
      filter: ({ data }) => {
        if (data === 'act' && request.url!.startsWith('/acting') && !hasActed) {
          hasActed = true;
          act(hub, connections);
        }
        return true;
      },
    }),
  }));
  const open = async (path: string) => {
    const stream = await served.open(path);
    await stream.untilText('\n\n');
    connections.set(path.slice(1, path.indexOf('?')), served.connection());
    return stream;
  };
  return { ...served, open, connections };
}

describe('A filter, in the middle of what its stream is handed', () => {
  test('may unsubscribe another stream and subscribe its own, and both have each event once', async () => {
    const { hub, open } = await serveActing((_hub, connections) => {
      connections.get('other')!.unsubscribe('b');
      void connections.get('acting')!.subscribe('c');
    });
    const acting = await open('/acting?topic=a');
    const other = await open('/other?topic=a&topic=b');
    for (const data of ['1', 'act', '3']) void hub.publish('a', { data });
    await hub.broadcast({ data: 'last' });
    expect(await acting.nextData(4)).toEqual(['1', 'act', '3', 'last']);
    expect(await other.nextData(4)).toEqual(['1', 'act', '3', 'last']);
  });

  test('may publish, also while the stream is brought up to date for a subscription', async () => {
    const { hub, open, connections } = await serveActing(
      (served) => void served.publish('a', { data: 'answer' }),
    );
    const stream = await open('/acting?topic=a&topic=b');
    void hub.publish('b', { data: 'act' });
    void connections.get('acting')!.subscribe('c');
    void hub.publish('b', { data: 'two' });
    expect(await stream.nextData(3)).toEqual(['act', 'answer', 'two']);
  });

  test('may subscribe to a topic in which something waits, which is from before', async () => {
    const { hub, open } = await serveActing(
      (_hub, connections) => void connections.get('acting')!.subscribe('hot'),
      ['hot'],
    );
    await open('/other?topic=hot');
    const stream = await open('/acting?topic=a');
    void hub.publish('a', { data: 'act' });
    void hub.publish('hot', { data: 'before' });
    expect((await stream.nextEvent()).data).toBe('act');
    void hub.publish('hot', { data: 'after' });
    void hub.publish('a', { data: 'last' });
    expect(await stream.nextData(2)).toEqual(['after', 'last']);
  });

  test('may fail while the stream is brought up to date for a subscription, and others go on', async () => {
    const { hub, open, connections, errors } = await serveActing(() => {
      throw new Error('filter');
    }, ['hot']);
    await open('/acting?topic=a');
    const other = await open('/other?topic=b&topic=hot');
    void hub.publish('a', { data: 'act' });
    await connections.get('acting')!.subscribe('b');
    expect(hub.inspect().topics.find(({ topic }) => topic === 'b')!.streams).toBe(1);
    void hub.publish('hot', { data: 'waits' });
    void hub.publish('b', { data: 'one' });
    expect(await other.nextData(2)).toEqual(['waits', 'one']);
    expect(errors).toHaveLength(1);
  });
});

describe('An event that nobody is offered', () => {
  // What was read a moment ago is kept for those who ask the same.
  test.each([
    ['nobody follows its topic', false],
    ['it waits when the last of its followers leaves', true],
  ])('is read by a stream that takes up a replay from before, where %s', async (_where, waits) => {
    const topics = waits ? [{ topic: 'a', flushInterval: 3_600_000 }] : [];
    const { hub, open, nextDisconnect } = await serveHub({ topics, heartbeat: false }, (served) => ({
      stream: served.stream('a', { user: 'ann' }),
    }));
    const first = await open('/');
    await first.untilText('\n\n');
    const headers = { lastEventId: /^id:(.*)$/m.exec(first.text)![1]! };
    first.leave();
    await nextDisconnect();
    await hub.publish('a', { data: '1' });
    const second = await open('/', headers);
    expect((await second.nextEvent()).data).toBe('1');
    if (waits) await hub.publish('a', { data: '2' });
    second.leave();
    await nextDisconnect();
    if (!waits) await hub.publish('a', { data: '2' });
    const third = await open('/', headers);
    expect((await third.nextEvent()).data).toBe('1');
    await hub.sendTo('ann', { data: '3' });
    expect(await third.nextData(2)).toEqual(['2', '3']);
  });
});
