import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogRecord, TopicKey } from 'nestjs-sse-hub';
import type { Connection } from '../../lib/connection/connection.js';
import { Turn } from '../../lib/connection/turn.js';
import { FanOut } from '../../lib/hub/fan-out.js';
import { Counters } from '../../lib/hub/hub-stats.js';
import type { LogReader } from '../../lib/hub/log-reader.js';
import type { Run } from '../../lib/hub/run.js';
import type { Recipient } from '../../lib/hub/topic-feed.js';
import { noNodes } from '../support/no-nodes.js';
import { seed, seededRandom } from '../support/seeded-random.js';

/** A live stream that writes down what it is handed, as a follower would write it. */
class Listener implements Recipient {
  readonly connection = { fail: (error: unknown) => this.failures.push(error) } as unknown as Connection;
  readonly failures: unknown[] = [];
  readonly keys = new Set<TopicKey>();
  readonly seen: number[] = [];
  isLive = true;
  offset = 0;
  deliveries = 0;

  constructor(private readonly work: () => void = () => undefined) {}

  deliver(run: Run): void {
    this.work();
    this.deliveries++;
    for (const { offset } of run.records.slice(run.indexAfter(this.offset))) this.seen.push(offset);
    this.offset = Math.max(this.offset, run.last);
  }

  readFrom(offset: number): void {
    this.isLive = false;
    this.offset = offset;
  }

  rollBack(offset: number): void {
    this.isLive = false;
    this.offset = offset;
  }
}

let clock = 0;
let end = 0;

beforeEach(() => {
  clock = 0;
  end = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
});

afterEach(() => {
  jest.restoreAllMocks();
});

function createFanOut(intervals: Partial<Record<TopicKey, number>> = {}): FanOut<Listener> {
  return new FanOut<Listener>({
    turn: new Turn(),
    reader: { epoch: 'abcdefgh' } as LogReader,
    log: {},
    nodes: noNodes,
    gapEvent: 'gap',
    counters: new Counters(),
    flushIntervalOf: (key) => intervals[key] ?? 0,
  });
}

function publish(fanOut: FanOut<Listener>, ...keys: TopicKey[]): number {
  const record: LogRecord = { offset: ++end, keys, body: `data:${end}\n\n`, kind: 'text', time: 0 };
  fanOut.committed(record);
  return end;
}

/** Streams that take `cost` milliseconds each to be written to. */
function follow(fanOut: FanOut<Listener>, count: number, keys: TopicKey[], cost = 0): Listener[] {
  const listeners = Array.from({ length: count }, () => new Listener(() => (clock += cost)));
  for (const listener of listeners) fanOut.add(listener, keys);
  return listeners;
}

async function untilEverybodyHas(listeners: readonly Listener[], offset: number): Promise<number> {
  let turns = 0;
  while (!listeners.every(({ seen }) => seen.at(-1) === offset)) {
    await nextTurn();
    turns++;
  }
  return turns;
}

describe('An event for 50,000 streams', () => {
  // What a write takes: 7 microseconds.
  const cost = 0.007;

  test('leaves in slices, so that others are served between them', async () => {
    const fanOut = createFanOut();
    const listeners = follow(fanOut, 50_000, ['t:a'], cost);
    publish(fanOut, 't:a');
    // 350 ms of work, some 8 ms at a time.
    expect(await untilEverybodyHas(listeners, 1)).toBeGreaterThan(30);
    expect(new Set(listeners.map(({ deliveries }) => deliveries))).toEqual(new Set([1]));
  });

  test('does not hold up an event of another topic', async () => {
    const fanOut = createFanOut();
    const many = follow(fanOut, 50_000, ['t:a'], cost);
    const few = follow(fanOut, 10, ['t:b'], cost);
    publish(fanOut, 't:a');
    await nextTurn();
    publish(fanOut, 't:b');
    expect(await untilEverybodyHas(few, 2)).toBeLessThan(3);
    expect(many.at(-1)!.seen).toEqual([]);
    await untilEverybodyHas(many, 1);
  });

  test('keeps its place before those that are published while it leaves, which leave together', async () => {
    const fanOut = createFanOut();
    const listeners = follow(fanOut, 50_000, ['t:a', 't:b'], cost);
    publish(fanOut, 't:a');
    for (let n = 0; n < 20; n++) {
      await nextTurn();
      publish(fanOut, n % 2 === 0 ? 't:a' : 't:b');
    }
    await untilEverybodyHas(listeners, 21);
    const all = Array.from({ length: 21 }, (_, index) => index + 1).join();
    expect(new Set(listeners.map(({ seen }) => seen.join()))).toEqual(new Set([all]));
    const deliveries = listeners.reduce((sum, listener) => sum + listener.deliveries, 0);
    expect(deliveries).toBeLessThan(listeners.length * 10);
  });

  test('is not handed to those who have left meanwhile, nor twice to those who are brought up to date', async () => {
    const fanOut = createFanOut();
    const listeners = follow(fanOut, 5_000, ['t:a'], cost);
    publish(fanOut, 't:a');
    await nextTurn();
    const [leaving, hurried] = listeners.slice(-2);
    expect([leaving!.seen, hurried!.seen]).toEqual([[], []]);
    fanOut.remove(leaving!);
    fanOut.bringUpToDate(hurried!);
    expect(hurried!.seen).toEqual([1]);
    await untilEverybodyHas(listeners.slice(0, -2), 1);
    await nextTurn();
    expect(leaving!.seen).toEqual([]);
    expect(hurried!.seen).toEqual([1]);
  });

  test('is handed to the others where one of them fails', async () => {
    const fanOut = createFanOut();
    const [failing, ...others] = follow(fanOut, 3, ['t:a']);
    failing!.deliver = () => {
      throw new Error('deliver');
    };
    publish(fanOut, 't:a');
    await untilEverybodyHas(others, 1);
    expect(failing!.failures).toEqual([new Error('deliver')]);
  });
});

describe('Events of very many topics that are due at once', () => {
  test('all leave, however many they are', async () => {
    const fanOut = createFanOut();
    // Some time passes with the first of them; the others are more than a function can be given as arguments.
    const first = follow(fanOut, 1, ['t:first'], 10);
    const names = Array.from({ length: 150_000 }, (_, index): TopicKey => `t:${index}`);
    const listeners = names.map((name) => follow(fanOut, 1, [name])[0]!);
    for (let round = 0; round < 2; round++) {
      publish(fanOut, 't:first');
      for (const name of names) publish(fanOut, name);
      for (let turn = 0; turn < 3; turn++) await nextTurn();
    }
    expect(new Set([...first, ...listeners].map(({ seen }) => seen.length))).toEqual(new Set([2]));
  });

  test('are begun with in the time of a turn, in their order', async () => {
    const fanOut = createFanOut();
    const names = Array.from({ length: 100 }, (_, index): TopicKey => `t:${index}`);
    const listeners = names.map((name) => follow(fanOut, 1, [name], 1)[0]!);
    for (const name of names) publish(fanOut, name);
    const begun = () => [...fanOut.feeds.values()].filter(({ hasFresh }) => !hasFresh).length;
    await nextTurn();
    expect(begun()).toBe(8);
    // What comes now waits its turn, and what has been waiting takes what has come along.
    publish(fanOut, 't:0', 't:99');
    await nextTurn();
    expect(begun()).toBe(15);
    for (let turn = 0; turn < 12; turn++) await nextTurn();
    expect(begun()).toBe(100);
    expect(listeners.map(({ seen }) => seen.join())).toEqual(
      names.map((_, index) => (index === 0 ? '1,101' : index === 99 ? '100,101' : `${index + 1}`)),
    );
    expect(listeners.map(({ deliveries }) => deliveries)).toEqual(
      names.map((_, index) => (index === 0 ? 2 : 1)),
    );
  });
});

describe('While an event is on its way to many', () => {
  test.each([
    ['comes', (fanOut: FanOut<Listener>) => void follow(fanOut, 1, ['t:a'])],
    ['leaves', (fanOut: FanOut<Listener>, [one]: Listener[]) => fanOut.remove(one!)],
  ])('the rest of them are handed the same although one %s', async (_what, change) => {
    const fanOut = createFanOut();
    const listeners = follow(fanOut, 5_000, ['t:a'], 0.007);
    publish(fanOut, 't:a');
    await nextTurn();
    change(fanOut, listeners);
    const bringUpToDate = jest.spyOn(fanOut, 'bringUpToDate');
    await untilEverybodyHas(listeners, 1);
    expect(bringUpToDate).not.toHaveBeenCalled();
  });

  test('one that leaves its topic is handed only what is new in its others', async () => {
    const fanOut = createFanOut();
    const listeners = follow(fanOut, 5_000, ['t:a', 't:b'], 0.007);
    publish(fanOut, 't:a');
    await nextTurn();
    const last = listeners.at(-1)!;
    fanOut.unfollow(last, 't:a');
    await untilEverybodyHas(listeners.slice(0, -1), 1);
    expect(last.seen).toEqual([]);
    publish(fanOut, 't:a');
    await nextTurn();
    const next = listeners.at(-2)!;
    fanOut.unfollow(next, 't:a');
    publish(fanOut, 't:b');
    await untilEverybodyHas(listeners, 3);
    expect(next.seen).toEqual([1, 3]);
    expect(last.seen).toEqual([3]);
  });
});

test('What waits in a topic that nobody follows any more makes nobody be asked about all topics', async () => {
  const fanOut = createFanOut({ 't:waits': 1_000_000 });
  const [waiting] = follow(fanOut, 1, ['t:waits']);
  const others = follow(fanOut, 10, ['t:a']);
  publish(fanOut, 't:waits');
  fanOut.remove(waiting!);
  const bringUpToDate = jest.spyOn(fanOut, 'bringUpToDate');
  publish(fanOut, 't:a');
  await untilEverybodyHas(others, 2);
  expect(bringUpToDate).not.toHaveBeenCalled();
  expect(waiting!.seen).toEqual([]);
});

test('What a stream is said to have is before what is on its way to it', async () => {
  const fanOut = createFanOut({ 't:waits': 1_000_000 });
  const [first, ...others] = follow(fanOut, 200, ['t:a', 't:waits'], 1);
  publish(fanOut, 't:other');
  expect(fanOut.offsetOf(first!)).toBe(1);
  publish(fanOut, 't:waits');
  expect(fanOut.offsetOf(first!)).toBe(1);
  publish(fanOut, 't:a');
  await nextTurn();
  expect(fanOut.offsetOf(first!)).toBe(3);
  expect(fanOut.offsetOf(others.at(-1)!)).toBe(1);
});

const topics: readonly TopicKey[] = ['t:a', 't:b', 't:c', 't:d'];

test(`Streams have every event of their topics once and in order, however these wait (SEED=${seed})`, async () => {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const some = () => topics.filter(() => random() < 0.4);
  for (let run = 0; run < 60; run++) {
    const fanOut = createFanOut({ 't:b': 1 + below(3), 't:c': 1 + below(3) });
    const due = new Map<Listener, number[]>();
    const add = () => {
      const [listener] = follow(fanOut, 1, some(), random() < 0.3 ? 3 : 0);
      // What is new by now is before its time.
      listener!.offset = end;
      due.set(listener!, []);
    };
    for (let n = 0; n < 150; n++) add();
    for (let step = 0; step < 60; step++) {
      for (let count = below(4); count > 0; count--) {
        const keys = some();
        publish(fanOut, ...keys);
        for (const [listener, offsets] of due)
          if (keys.some((key) => listener.keys.has(key))) offsets.push(end);
      }
      const listener = [...due.keys()][below(due.size)]!;
      const what = random();
      if (what < 0.2 || what >= 0.4) fanOut.bringUpToDate(listener);
      else add();
      if (what >= 0.4 && what < 0.6) {
        listener.offset = end;
        fanOut.add(
          listener,
          some().filter((key) => !listener.keys.has(key)),
        );
      } else if (what >= 0.6 && what < 0.8) {
        for (const key of some()) if (listener.keys.has(key)) fanOut.unfollow(listener, key);
      }
      if (random() < 0.7) await nextTurn();
      if (random() < 0.1) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const listener of due.keys()) fanOut.bringUpToDate(listener);
    for (const [{ seen }, offsets] of due) expect(seen).toEqual(offsets);
  }
});
