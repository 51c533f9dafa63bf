import { describe, expect, test } from '@jest/globals';
import { memoryLog, SseHub, type HubEvent } from 'nestjs-sse-hub';
import { parsePosition } from '../../lib/log/position.js';
import { JitteryLog } from '../support/jittery-log.js';
import { serveHub, topicsOf } from '../support/served-hub.js';

const followQuery = (hub: SseHub, request: Parameters<typeof topicsOf>[0]) => ({
  stream: hub.stream(topicsOf(request)),
});

describe('publish', () => {
  test('resolves with the id that the event has on the wire', async () => {
    const { hub, open } = await serveHub({}, followQuery);
    const stream = await open('/?topic=news');
    const { id } = await hub.publish('news', { data: 'hello' });
    expect(await stream.nextEvent()).toEqual({ id, event: undefined, data: 'hello' });
  });

  test('sends an id of the application as it is', async () => {
    const { hub, open } = await serveHub({}, followQuery);
    const stream = await open('/?topic=news');
    expect(await hub.publish('news', { event: 'AAPL', id: '1681141432283', data: '92.607347' })).toEqual({
      id: '1681141432283',
    });
    await stream.untilText('id:1681141432283\nevent:AAPL\ndata:92.607347\n\n');
  });

  test('reaches the streams of its topic, and no other', async () => {
    const { hub, open } = await serveHub({}, followQuery);
    const [a, b] = [await open('/?topic=a'), await open('/?topic=b')];
    await hub.publish('a', { data: 'for a' });
    await hub.publish('b', { data: 'for b' });
    expect((await a.nextEvent()).data).toBe('for a');
    expect((await b.nextEvent()).data).toBe('for b');
  });

  test('delivers an event of several topics once to a stream that follows several of them', async () => {
    const { hub, open } = await serveHub({}, followQuery);
    const stream = await open('/?topic=a&topic=b&topic=c');
    await hub.publish(['a', 'b'], { data: 'both' });
    await hub.publish('c', { data: 'last' });
    expect(await stream.nextData(2)).toEqual(['both', 'last']);
  });

  test('keeps the order over topics, also within one turn', async () => {
    const { hub, open } = await serveHub({}, followQuery);
    const stream = await open('/?topic=a&topic=b');
    const data = Array.from({ length: 50 }, (_, index) => String(index));
    await Promise.all(data.map((text, index) => hub.publish(index % 3 === 0 ? 'a' : 'b', { data: text })));
    expect(await stream.nextData(50)).toEqual(data);
  });

  test.each([
    ['INVALID_TOPIC', '', { data: 'x' }],
    ['INVALID_TOPIC', [], { data: 'x' }],
    ['INVALID_EVENT', 'news', {}],
    ['INVALID_EVENT', 'news', { data: 'x', dta: 'y' }],
    ['INVALID_ID', 'news', { data: 'x', id: '' }],
    ['INVALID_ID', 'news', { data: 'x', id: 'a\nb' }],
    ['INVALID_ID', 'news', { data: 'x', id: '1abcdefgh-5' }],
    ['INVALID_EVENT_NAME', 'news', { data: 'x', event: 'a\rb' }],
    ['INVALID_RETRY', 'news', { data: 'x', retry: -1 }],
    ['INVALID_DATA', 'news', { data: 1n }],
  ])('rejects with %s for topic %j and event %p, and publishes nothing', async (code, topic, event) => {
    const { hub, open } = await serveHub({}, followQuery);
    const stream = await open('/?topic=news');
    await expect(hub.publish(topic as string, event as HubEvent<any>)).rejects.toMatchObject({
      name: 'SseError',
      code,
    });
    await hub.publish('news', { data: 'next' });
    expect((await stream.nextEvent()).data).toBe('next');
  });

  test('waits for a log that is still opening, and keeps the order of the calls', async () => {
    const hub = new SseHub({ log: new JitteryLog() });
    const early = Array.from({ length: 20 }, (_, data) => hub.publish('news', { data }));
    await hub.ready;
    const late = Array.from({ length: 20 }, (_, data) => hub.publish('news', { data }));
    const offsets = (await Promise.all([...early, ...late])).map(({ id }) => parsePosition(id)!.offset);
    expect(offsets).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  test('rejects with what kept the log from opening', async () => {
    const log = Object.assign(memoryLog(), { open: () => Promise.reject(new Error('no disk')) });
    await expect(new SseHub({ log }).publish('news', { data: 1 })).rejects.toThrow('no disk');
  });

  test('rejects with INVALID_OPTION where the log names its history as no position can', async () => {
    const log = Object.assign(memoryLog(), { epoch: 'Monday' });
    await expect(new SseHub({ log }).publish('news', { data: 1 })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
  });

  test('rejects with HUB_CLOSED when the hub has been closed', async () => {
    const { hub } = await serveHub({}, followQuery);
    await hub.close();
    await expect(hub.publish('news', { data: 'late' })).rejects.toMatchObject({ code: 'HUB_CLOSED' });
  });

  test('takes what the event map allows, and nothing else', () => {
    const hub = new SseHub<{ price: { value: number }; message: string; empty: undefined; note?: string }>();
    const allowed = () => [
      hub.publish('t', { event: 'price', data: { value: 1 } }),
      hub.publish('t', { data: 'text' }),
      hub.publish('t', { event: 'empty' }),
      hub.publish('t', { event: 'note' }),
      hub.publish('t', { event: 'note', data: 'text' }),
    ];
    // @ts-expect-error -- the map says that this event has data
    const noData = () => hub.publish('t', { event: 'price' });
    // @ts-expect-error -- the map says that this event has none
    const tooMuch = () => hub.publish('t', { event: 'empty', data: 'text' });
    // @ts-expect-error -- the data is not of the type that the map gives this event
    const wrongData = () => hub.publish('t', { event: 'price', data: 'text' });
    // @ts-expect-error -- the map has no such event
    const wrongName = () => hub.publish('t', { event: 'prize', data: { value: 1 } });
    expect([allowed, noData, tooMuch, wrongData, wrongName]).toHaveLength(5);
  });
});

const asUser = (hub: SseHub, request: Parameters<typeof topicsOf>[0]) => ({
  stream: hub.stream('lobby', { user: topicsOf(request)[0] }),
});

describe('broadcast and sendTo', () => {
  test('broadcast reaches every hub stream', async () => {
    const { hub, open } = await serveHub({}, asUser);
    const streams = [await open('/?topic=ann'), await open('/?topic=bob')];
    await hub.broadcast({ data: 'all' });
    for (const stream of streams) expect((await stream.nextEvent()).data).toBe('all');
  });

  test('sendTo reaches every stream of its user, and nobody else', async () => {
    const { hub, open } = await serveHub({}, asUser);
    const [ann, alsoAnn, bob] = [
      await open('/?topic=ann'),
      await open('/?topic=ann'),
      await open('/?topic=bob'),
    ];
    await hub.sendTo('ann', { data: 'secret' });
    await hub.broadcast({ data: 'all' });
    expect(await ann.nextData(2)).toEqual(['secret', 'all']);
    expect(await alsoAnn.nextData(2)).toEqual(['secret', 'all']);
    expect((await bob.nextEvent()).data).toBe('all');
  });

  test('no name of a topic is that of a user, or broadcast', async () => {
    const { hub, open } = await serveHub({}, (served, request) => ({
      stream: served.stream(topicsOf(request)),
    }));
    const stream = await open(
      `/?${['u:ann', 'ann', 'b:', 'b', 't:x'].map((topic) => `topic=${topic}`).join('&')}`,
    );
    await hub.sendTo('ann', { data: 'secret' });
    await hub.publish('x', { data: 'other topic' });
    await hub.broadcast({ data: 'all' });
    expect((await stream.nextEvent()).data).toBe('all');
  });

  test('what was sent to a user who was away arrives when the user comes back', async () => {
    const { hub, open, nextDisconnect } = await serveHub({}, asUser);
    const before = await open('/?topic=ann');
    await hub.broadcast({ data: 'seen' });
    const { id } = await before.nextEvent();
    before.leave();
    await nextDisconnect();
    await hub.sendTo('ann', { data: 'kept' });
    const after = await open('/?topic=ann', { lastEventId: id! });
    expect((await after.nextEvent()).data).toBe('kept');
  });

  test('sendTo rejects with INVALID_USER for a user without a name', async () => {
    const { hub } = await serveHub({}, asUser);
    await expect(hub.sendTo('', { data: 'x' })).rejects.toMatchObject({ code: 'INVALID_USER' });
  });
});
