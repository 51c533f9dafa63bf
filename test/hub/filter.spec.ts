import { describe, expect, test } from '@jest/globals';
import { SseHub, type HubStreamOptions } from 'nestjs-sse-hub';
import { serveHub, topicsOf } from '../support/served-hub.js';

const filtered = (filter: HubStreamOptions['filter']) =>
  serveHub({}, (hub, request) => ({ stream: hub.stream(topicsOf(request), { filter, start: 'earliest' }) }));

describe('a filter', () => {
  test('sees live and replayed events alike, as they were published', async () => {
    const seen: unknown[] = [];
    const { hub, open } = await filtered((event) => seen.push(event) > 0);
    const first = await hub.publish('a', { event: 'tick', data: { n: 1 } });
    const stream = await open('/?topic=a');
    await stream.nextEvent();
    const second = await hub.publish(['a', 'b'], { id: 'own', data: 'a\nb' });
    const third = await hub.broadcast({ data: new Uint8Array([1, 2, 255]) });
    await stream.nextData(2);
    expect(seen).toEqual([
      { id: first.id, event: 'tick', data: { n: 1 }, topics: ['a'] },
      { id: second.id, event: 'message', data: 'a\nb', topics: ['a', 'b'] },
      { id: third.id, event: 'message', data: new Uint8Array([1, 2, 255]), topics: [] },
    ]);
  });

  test('hides events, live and replayed', async () => {
    const { hub, open } = await filtered(({ data }) => data !== 'secret');
    for (const data of ['1', 'secret', '2']) await hub.publish('a', { data });
    const stream = await open('/?topic=a');
    for (const data of ['secret', '3']) await hub.publish('a', { data });
    expect(await stream.nextData(3)).toEqual(['1', '2', '3']);
    expect(stream.text).not.toContain('secret');
  });

  test('hides the number of events that are lost', async () => {
    const { hub, open } = await serveHub({}, (served) => ({
      stream: served.stream('a', { filter: () => true }),
    }));
    const { id } = await hub.publish('b', { data: 'before' });
    for (let n = 0; n < 1_001; n++) await hub.publish('a', { data: n });
    const stream = await open('/', { lastEventId: id });
    expect(JSON.parse((await stream.nextEvent()).data)).toEqual({ reason: 'evicted' });
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('internal detail');
      },
    ],
    ['returns a promise', () => Promise.resolve(true) as unknown as boolean],
  ])('that %s ends its stream and shows nothing', async (_what, filter) => {
    const { hub, open, nextDisconnect, errors } = await filtered(filter);
    const stream = await open('/?topic=a');
    await hub.publish('a', { data: 'secret' });
    expect(await stream.ended).toBe('complete');
    expect(stream.text).not.toMatch(/secret|internal detail/);
    expect((await nextDisconnect()).reason).toBe('filter-failed');
    expect(errors).toEqual([expect.objectContaining({ code: 'FILTER_FAILED' })]);
  });

  test('leaves nothing of what it has seen in memory, while the log keeps the event', async () => {
    const seen: WeakRef<object>[] = [];
    const { hub, open } = await filtered(({ data }) => seen.push(new WeakRef(data as object)) > 0);
    const stream = await open('/?topic=a');
    await hub.publish('a', { data: { live: true } });
    await stream.nextEvent();
    await (await open('/?topic=a')).nextEvent();
    globalThis.gc!();
    expect(seen.map((reference) => reference.deref())).toEqual([undefined, undefined]);
  });

  test('knows names and data of the event map', () => {
    const hub = new SseHub<{ price: { value: number }; note: string }>();
    const options: HubStreamOptions<{ price: { value: number }; note: string }> = {
      filter: (event) => (event.event === 'price' ? event.data.value > 1 : event.data.length > 1),
    };
    // @ts-expect-error -- the map has no such event
    const wrong = () => hub.stream('a', { filter: ({ event }) => event === 'prize' });
    expect([hub.stream('a', options).topics, wrong]).toHaveLength(2);
  });
});
