import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { memoryLog, SseHub } from 'nestjs-sse-hub';
import { instrumentHub, type SseMetricsOptions } from 'nestjs-sse-hub/metrics';
import { serveHub, topicsOf } from '../support/served-hub.js';
import { collect, ManualReader, valueOf } from './collect.js';

afterEach(() => {
  metrics.disable();
});

/** A served hub that is measured, and what is collected of it. */
async function serveMeasuredHub(options: Parameters<typeof serveHub>[0] = {}) {
  const served = await serveHub(options, (hub, request) => ({ stream: hub.stream(topicsOf(request)) }));
  const reader = new ManualReader();
  const unregister = instrumentHub(served.hub, { meterProvider: new MeterProvider({ readers: [reader] }) });
  return { ...served, unregister, reader, figures: () => collect(reader) };
}

/** Opens a stream, waits until it follows, and gives it. */
async function follow(served: Pick<Awaited<ReturnType<typeof serveHub>>, 'open'>, path: string) {
  const stream = await served.open(path);
  await stream.untilText('id:');
  return stream;
}

describe('instrumentHub() tells', () => {
  test('names, units and instruments as OpenTelemetry has them', async () => {
    const { figures, hub, ...served } = await serveMeasuredHub();
    const stream = await follow(served, '/?topic=a');
    await hub.publish('a', { data: 1 });
    await stream.nextEvent();
    const told = [...(await figures()).values()].map(({ name, unit, kind }) => `${name} ${unit} ${kind}`);
    expect(told.sort()).toEqual([
      'sse.event.delay s histogram',
      'sse.event.delivered {event} counter',
      'sse.event.published {event} counter',
      'sse.event.replayed {event} counter',
      'sse.stream.active {stream} up-down counter',
      'sse.stream.closed {stream} counter',
      'sse.stream.gaps {gap} counter',
      'sse.stream.lagging {stream} up-down counter',
      'sse.stream.opened {stream} counter',
      'sse.stream.refused {stream} counter',
      'sse.stream.sent By counter',
    ]);
  });

  test('streams that are open, and that have been opened', async () => {
    const { figures, ...served } = await serveMeasuredHub();
    const [first] = [await follow(served, '/?topic=a'), await follow(served, '/?topic=a')];
    first.leave();
    await served.nextDisconnect();
    const told = await figures();
    expect(valueOf(told, 'sse.stream.active')).toBe(1);
    expect(valueOf(told, 'sse.stream.opened')).toBe(2);
  });

  test('streams that have ended, by reason', async () => {
    const { figures, ...served } = await serveMeasuredHub();
    const [first] = [await follow(served, '/?topic=a'), await follow(served, '/?topic=a')];
    first.leave();
    await served.nextDisconnect();
    served.connection().close();
    await served.nextDisconnect();
    const told = await figures();
    const closed = (reason: string) => valueOf(told, 'sse.stream.closed', { 'sse.close.reason': reason });
    expect([closed('client'), closed('closed'), closed('shutdown')]).toEqual([1, 1, 0]);
  });

  test('streams that lag', async () => {
    const { figures, hub, ...served } = await serveMeasuredHub();
    await served.open('/?topic=a', { paused: true });
    while (hub.stats().lagging === 0) {
      await hub.publish('a', { data: 'x'.repeat(64 * 1024) });
      await nextTurn();
    }
    expect(valueOf(await figures(), 'sse.stream.lagging')).toBe(1);
  });

  test('events that were published, and those that were delivered', async () => {
    const { figures, hub, ...served } = await serveMeasuredHub();
    const streams = [await follow(served, '/?topic=a'), await follow(served, '/?topic=a&topic=b')];
    for (const topic of ['a', 'b', 'c']) await hub.publish(topic, { data: topic });
    await Promise.all([streams[0]!.nextData(1), streams[1]!.nextData(2)]);
    const told = await figures();
    expect(valueOf(told, 'sse.event.published')).toBe(3);
    expect(valueOf(told, 'sse.event.delivered')).toBe(3);
  });

  test('events that were replayed', async () => {
    const { figures, hub, ...served } = await serveMeasuredHub();
    const { id } = await hub.publish('a', { data: 1 });
    await hub.publish('a', { data: 2 });
    await hub.publish('a', { data: 3 });
    const stream = await served.open('/?topic=a', { lastEventId: id });
    await stream.nextData(2);
    expect(valueOf(await figures(), 'sse.event.replayed')).toBe(2);
  });

  test('bytes, as the client has got them', async () => {
    const { figures, hub, ...served } = await serveMeasuredHub();
    const stream = await follow(served, '/?topic=a');
    await hub.publish('a', { data: 'Grüße 🎈' });
    await stream.nextEvent();
    expect(valueOf(await figures(), 'sse.stream.sent')).toBe(Buffer.byteLength(stream.text));
  });

  test('gaps, by reason', async () => {
    const log = memoryLog({ retention: { count: 1 } });
    const { figures, hub, ...served } = await serveMeasuredHub({ log });
    const { id } = await hub.publish('a', { data: 1 });
    await hub.publish('a', { data: 2 });
    await hub.publish('a', { data: 3 });
    for (const lastEventId of [id, 'nobody knows it', 'nor this']) {
      await (await served.open('/?topic=a', { lastEventId })).nextEvent();
    }
    const told = await figures();
    const gaps = (reason: string) => valueOf(told, 'sse.stream.gaps', { 'sse.gap.reason': reason });
    expect([gaps('evicted'), gaps('unknown-id'), gaps('epoch'), gaps('lag')]).toEqual([1, 2, 0, 0]);
  });

  test('the delay from publish to write, once for each event, in buckets from a tenth of a millisecond on', async () => {
    const { figures, hub, ...served } = await serveMeasuredHub();
    const streams = [await follow(served, '/?topic=a'), await follow(served, '/?topic=a')];
    const start = performance.now();
    for (const n of [1, 2, 3]) await hub.publish('a', { data: n });
    await Promise.all(streams.map((stream) => stream.nextData(3)));
    const seconds = (performance.now() - start) / 1_000;
    const delay = valueOf(await figures(), 'sse.event.delay') as {
      count: number;
      min: number;
      max: number;
      buckets: { boundaries: number[] };
    };
    expect(delay.count).toBe(3);
    expect(delay.min).toBeGreaterThanOrEqual(0);
    expect(delay.max).toBeLessThan(seconds);
    expect(delay.buckets.boundaries.slice(0, 3)).toEqual([0.0001, 0.00025, 0.0005]);
  });

  test('no delay for an event from a node whose clock is ahead', async () => {
    const hub = new SseHub();
    const observe = jest.spyOn(hub, 'observeDelay');
    const reader = new ManualReader();
    const meterProvider = new MeterProvider({ readers: [reader] });
    instrumentHub(hub, { meterProvider, attributes: { shop: 'north' } });
    observe.mock.calls[0]![0]!(-0.5);
    expect(valueOf(await collect(reader), 'sse.event.delay', { shop: 'north' })).toMatchObject({
      count: 1,
      sum: 0,
    });
  });

  test('nothing of an event that nobody follows but that it was published', async () => {
    const { figures, hub } = await serveMeasuredHub();
    await hub.publish('a', { data: 1 });
    const told = await figures();
    expect(valueOf(told, 'sse.event.published')).toBe(1);
    expect(valueOf(told, 'sse.event.delivered')).toBe(0);
    expect(told.has('sse.event.delay')).toBe(false);
  });
});

describe('instrumentHub()', () => {
  test('reads what is counted once for each collection', async () => {
    const { hub, figures } = await serveMeasuredHub();
    let reads = 0;
    const { stats } = hub;
    hub.stats = () => {
      reads++;
      return stats.call(hub);
    };
    await hub.publish('a', { data: 1 });
    expect(reads).toBe(0);
    await figures();
    await figures();
    expect(reads).toBe(2);
  });

  test('counts what has happened before too', async () => {
    const hub = new SseHub();
    await hub.publish('a', { data: 1 });
    const reader = new ManualReader();
    instrumentHub(hub, { meterProvider: new MeterProvider({ readers: [reader] }) });
    expect(valueOf(await collect(reader), 'sse.event.published')).toBe(1);
  });

  test('takes the global meter provider, where it is given none', async () => {
    const reader = new ManualReader();
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    const hub = new SseHub();
    instrumentHub(hub);
    await hub.publish('a', { data: 1 });
    expect(valueOf(await collect(reader), 'sse.event.published')).toBe(1);
  });

  test('does no harm where no meter provider is registered', async () => {
    const served = await serveHub({}, (hub, request) => ({ stream: hub.stream(topicsOf(request)) }));
    instrumentHub(served.hub);
    const stream = await follow(served, '/?topic=a');
    await served.hub.publish('a', { data: 1 });
    expect((await stream.nextEvent()).data).toBe('1');
  });

  test('adds attributes to every figure, so that hubs can be told apart', async () => {
    const reader = new ManualReader();
    const meterProvider = new MeterProvider({ readers: [reader] });
    const [news, chat] = [new SseHub(), new SseHub()];
    instrumentHub(news, { meterProvider, attributes: { 'sse.hub.name': 'news' } });
    instrumentHub(chat, { meterProvider, attributes: { 'sse.hub.name': 'chat' } });
    await news.publish('a', { data: 1 });
    const told = await collect(reader);
    expect(valueOf(told, 'sse.event.published', { 'sse.hub.name': 'news' })).toBe(1);
    expect(valueOf(told, 'sse.event.published', { 'sse.hub.name': 'chat' })).toBe(0);
    expect(valueOf(told, 'sse.stream.closed', { 'sse.hub.name': 'chat', 'sse.close.reason': 'client' })).toBe(
      0,
    );
  });

  test('returns what ends it, which may be called twice', async () => {
    const { hub, figures, unregister, ...served } = await serveMeasuredHub();
    const stream = await follow(served, '/?topic=a');
    unregister();
    unregister();
    await hub.publish('a', { data: 1 });
    await stream.nextEvent();
    expect([...(await figures()).values()].flatMap(({ points }) => points)).toEqual([]);
  });

  test('may be called again when the first has ended, which then ends nothing more', async () => {
    const { hub, reader, unregister } = await serveMeasuredHub();
    unregister();
    const meterProvider = new MeterProvider({ readers: [new ManualReader()] });
    instrumentHub(hub, { meterProvider });
    unregister();
    expect(() => instrumentHub(hub, { meterProvider })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
    expect((await collect(reader)).size).toBe(0);
  });

  test('throws INVALID_OPTION for a hub that is instrumented already, which would be counted twice', () => {
    const hub = new SseHub();
    instrumentHub(hub);
    expect(() => instrumentHub(hub)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('already') }),
    );
  });

  test.each([
    ['a meter provider that is none', { meterProvider: {} }],
    ['a meter provider that is null', { meterProvider: null }],
    ['attributes that are none', { attributes: 'hub' }],
    ['an option that it does not have', { provider: 1 }],
  ])('throws INVALID_OPTION for %s', (_what, options) => {
    expect(() => instrumentHub(new SseHub(), options as unknown as SseMetricsOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });

  test('names the package and its version as the scope', async () => {
    const { figures } = await serveMeasuredHub();
    const { name, version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { name: string; version: string };
    expect((await figures()).get('sse.stream.active')?.scope).toBe(`${name} ${version}`);
  });
});
