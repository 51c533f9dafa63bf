import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { memoryLog, type MemoryLog, type MemoryLogOptions, type SseEvent } from 'nestjs-sse-hub';
import { now } from '../../lib/log/clock.js';
import { topicKey, userKey, type TopicKey } from '../../lib/log/topic-key.js';
import { encodeFields } from '../../lib/protocol/encode.js';
import { usedMemory } from '../support/heap.js';

const MIB = 1024 * 1024;
const UNLIMITED = { count: Infinity, age: Infinity, bytes: Infinity };

const nobody = { committed: () => undefined };

function openLog(options: MemoryLogOptions): MemoryLog {
  const log = memoryLog(options);
  log.open(nobody);
  return log;
}

function append(log: MemoryLog, keys: TopicKey[], event: SseEvent): void {
  log.append({ keys, ...encodeFields(event), time: now() });
}

/** Fills a log beyond its limit; answers with how many bytes it takes for each that it says. */
function fill(event: (n: number) => SseEvent, topics: (n: number) => string[]): number {
  const before = usedMemory();
  const log = openLog({ retention: UNLIMITED, totalBytes: 32 * MIB });
  let evicted = 0;
  for (let n = 0; evicted < 10_000 && evicted * 2 <= n; n++) {
    const { bytes } = log.usage;
    append(log, topics(n).map(topicKey), event(n));
    if (log.usage.bytes <= bytes) evicted++;
  }
  return (usedMemory() - before) / log.usage.bytes;
}

describe('What a full log says it takes agrees with the memory of the process', () => {
  test.each<[string, (n: number) => SseEvent, (n: number) => string[]]>([
    ['small events in few topics', (n) => ({ event: 'price', data: { n, price: n / 7 } }), fewTopics],
    [
      'small events in a great many topics',
      (n) => ({ data: { n } }),
      (n) => [`a topic of its own ${word(n)}`],
    ],
    ['events of 16 KiB', (n) => ({ data: word(n).repeat(2_731) }), fewTopics],
    ['text that is not Latin-1', (n) => ({ data: `${n} ${'ωμέγα '.repeat(40)}` }), fewTopics],
    ['Latin-1 text', (n) => ({ data: `${n} ${'déjà vu '.repeat(40)}` }), fewTopics],
    ['own ids', (n) => ({ id: `an own id ${word(n)}`, data: { n } }), fewTopics],
    ['events of several topics', (n) => ({ data: { n } }), (n) => ['x', 'y', 'z', ...fewTopics(n)]],
    ['long names of topics', (n) => ({ data: { n } }), (n) => [`${word(n)}${'x'.repeat(2_000)}`]],
  ])('with %s', (_what, event, topics) => {
    const taken = fill(event, topics);
    expect(taken).toBeGreaterThan(0.75);
    expect(taken).toBeLessThan(1.25);
  });
});

describe('A log holds alive nothing but', () => {
  const PARENT_BYTES = 100_000;
  const EVENTS = 200;

  /** A long text that an event takes a part of, each time another one. */
  function longText(n: number): string {
    return Buffer.alloc(PARENT_BYTES, `${n} and more of it; `).toString('latin1');
  }

  test.each<[string, (part: string) => [string, SseEvent]]>([
    ['the data of an event, where that was cut out of a long text', (part) => ['topic', { data: part }]],
    [
      'the name of an event, where that was cut out of a long text',
      (part) => ['topic', { event: part, data: 1 }],
    ],
    ['an own id, where that was cut out of a long text', (part) => ['topic', { id: part, data: 1 }]],
    ['the name of a topic, where that was cut out of a long text', (part) => [part, { data: 1 }]],
    [
      'the data of an event, where that was put together from parts',
      (part) => ['topic', { data: part + part }],
    ],
  ])('%s', (_what, make) => {
    const log = openLog({ retention: UNLIMITED });
    const before = usedMemory();
    for (let n = 0; n < EVENTS; n++) {
      const [topic, event] = make(longText(n).slice(1, 41));
      append(log, [topicKey(topic)], event);
    }
    expect((usedMemory() - before) / EVENTS).toBeLessThan(PARENT_BYTES / 20);
    expect(log.end()).toBe(EVENTS);
  });

  test('the names of several topics, where those were cut out of a long text', () => {
    const log = openLog({ retention: UNLIMITED });
    const before = usedMemory();
    for (let n = 0; n < EVENTS; n++) {
      const keys = [1, 2].map((start) => topicKey(longText(n).slice(start, start + 40)));
      append(log, keys, { data: n });
    }
    expect((usedMemory() - before) / EVENTS).toBeLessThan(PARENT_BYTES / 20);
    expect(log.end()).toBe(EVENTS);
  });
});

describe('A million topics come and go', () => {
  const MILLION = 1_000_000;

  // Three million events on a machine that has other work too.
  jest.setTimeout(120_000);

  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('by age, and leave nothing behind', () => {
    const log = openLog({ totalBytes: Infinity });
    publishOnce(log, 1_000, 0);
    jest.advanceTimersByTime(400_000);
    const before = usedMemory();
    for (let wave = 0; wave < 10; wave++) {
      publishOnce(log, MILLION / 10, wave);
      jest.advanceTimersByTime(100_000);
    }
    jest.advanceTimersByTime(400_000);
    expect(log.usage).toEqual({ topics: 0, bytes: 0, userBytes: 0 });
    expect(jest.getTimerCount()).toBe(0);
    expect(usedMemory() - before).toBeLessThan(4 * MIB);
    expect(log.end()).toBe(MILLION + 1_000);
  });

  test('by the limit of all topics, and leave nothing behind', () => {
    const log = openLog({ totalBytes: MIB, userBytes: MIB });
    publishOnce(log, 10_000, 0);
    const before = usedMemory();
    publishOnce(log, MILLION, 1);
    const { topics, bytes } = log.usage;
    expect(bytes).toBeLessThanOrEqual(MIB);
    expect(topics).toBeLessThan(5_000);
    expect(usedMemory() - before).toBeLessThan(4 * MIB);
    jest.advanceTimersByTime(400_000);
    expect(log.usage).toEqual({ topics: 0, bytes: 0, userBytes: 0 });
    expect(jest.getTimerCount()).toBe(0);
  });

  test('that keep none of their events, and leave nothing behind', () => {
    const log = openLog({ retention: { count: 0 }, totalBytes: MIB, userBytes: MIB });
    publishOnce(log, 10_000, 0);
    const before = usedMemory();
    publishOnce(log, MILLION, 1);
    expect(log.usage.bytes + log.usage.userBytes).toBeLessThanOrEqual(2 * MIB);
    expect(usedMemory() - before).toBeLessThan(4 * MIB);
  });
});

/** One event to each of so many topics, every second of them a user's. */
function publishOnce(log: MemoryLog, count: number, wave: number): void {
  for (let n = 0; n < count; n++) {
    const name = `${wave}: ${n}`;
    log.append({
      keys: [n % 2 === 0 ? topicKey(name) : userKey(name)],
      body: 'data:1\n\n',
      kind: 'json',
      time: now(),
    });
  }
}

function word(n: number): string {
  return n.toString(36).padStart(6, '0');
}

function fewTopics(n: number): string[] {
  return [`topic ${n % 20}`];
}
