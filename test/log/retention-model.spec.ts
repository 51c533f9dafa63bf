import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { memoryLog, type MemoryLog, type MemoryLogOptions, type ReadResult } from 'nestjs-sse-hub';
import { now } from '../../lib/log/clock.js';
import type { TopicKey } from '../../lib/log/topic-key.js';

const PUBLIC: readonly TopicKey[] = ['t:a', 't:b', 't:c', 't:d', 'b:'];
const PRIVATE: readonly TopicKey[] = ['u:a', 'u:b'];
const ALL = [...PUBLIC, ...PRIVATE];

interface Published {
  readonly offset: number;
  readonly keys: readonly TopicKey[];
  readonly id: string | undefined;
  readonly time: number;
}

type Step =
  | {
      readonly do: 'publish';
      readonly keys: TopicKey[];
      readonly id: 'none' | 'new' | 'same';
      readonly size: number;
    }
  | { readonly do: 'wait'; readonly milliseconds: number }
  | {
      readonly do: 'read';
      readonly keys: TopicKey[];
      readonly after: number;
      readonly later: number | undefined;
    }
  | { readonly do: 'resume'; readonly keys: TopicKey[]; readonly from: number };

const keysOf = (keys: readonly TopicKey[]) => fc.subarray([...keys], { minLength: 1 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      keys: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...ALL).map((key) => [key]) },
        { weight: 1, arbitrary: keysOf(PUBLIC) },
        { weight: 1, arbitrary: keysOf(PRIVATE) },
      ),
      id: fc.constantFrom('none' as const, 'new' as const, 'same' as const),
      size: fc.nat(2_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(1, 500, 2_000, 20_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      keys: keysOf(ALL),
      after: share,
      later: fc.option(share, { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('resume' as const), keys: keysOf(ALL), from: share }),
  },
);

const limits = fc.record({
  count: fc.constantFrom(1, 2, 5, Infinity),
  age: fc.constantFrom(1_000, 5_000, Infinity),
});

/** A log, and a naive memory of everything that it was ever told. */
class Model {
  readonly published: Published[] = [];
  readonly log: MemoryLog;
  #ids = 0;
  readonly #lastIds = new Map<string, string>();

  constructor(private readonly options: MemoryLogOptions) {
    this.log = memoryLog(options);
    this.log.open({ committed: () => undefined });
  }

  take(step: Step): void {
    if (step.do === 'publish') this.#publish(step);
    else if (step.do === 'wait') jest.advanceTimersByTime(step.milliseconds);
    else if (step.do === 'read') this.#read(step);
    else this.#resume(step);
    assert.ok(this.log.usage.bytes <= (this.options.totalBytes ?? Infinity));
    assert.ok(this.log.usage.userBytes <= (this.options.userBytes ?? Infinity));
  }

  #publish({ keys, id: wanted, size }: Step & { do: 'publish' }): void {
    const id = this.#idFor(keys, wanted);
    const entry = { keys, id, body: `data:${'x'.repeat(size)}\n\n`, kind: 'text' as const, time: now() };
    const before = this.log.end();
    const offset = this.log.append(entry);
    assert.ok(offset > before);
    this.published.push({ offset, keys, id, time: now() });
  }

  /** An id that no other set of topics has, shared only by events that follow each other in all their topics. */
  #idFor(keys: readonly TopicKey[], wanted: 'none' | 'new' | 'same'): string | undefined {
    if (wanted === 'none') return undefined;
    const topics = keys.join();
    const last = this.#lastIds.get(topics);
    const follows = keys.every(
      (key) => this.published.findLast((event) => event.keys.includes(key))?.id === last,
    );
    if (wanted === 'same' && follows && last !== undefined) return last;
    const id = `${this.#ids++}`;
    this.#lastIds.set(topics, id);
    return id;
  }

  #read(step: Step & { do: 'read' }): void {
    const { keys } = step;
    const after = this.#place(step.after);
    const later = step.later === undefined ? undefined : new Map([[keys[0]!, this.#place(step.later)]]);
    const result = this.log.read({ keys, after, later, limit: Infinity });
    const begins = (key: TopicKey) => Math.max(later?.get(key) ?? 0, after);
    const due = this.published.filter(({ keys: its, offset }) =>
      its.some((key) => keys.includes(key) && offset > begins(key)),
    );
    this.#check(result, due, keys, begins);
    if (this.options.totalBytes === undefined) {
      const kept = due.filter((event) =>
        event.keys.some(
          (key) => keys.includes(key) && event.offset > begins(key) && this.#isKept(event, key),
        ),
      );
      assert.deepEqual(
        offsets(result),
        kept.map(({ offset }) => offset),
      );
    }
  }

  /** A client that has seen everything up to one of the events comes back with its id. */
  #resume({ keys, from }: Step & { do: 'resume' }): void {
    const followed = this.published.filter(({ keys: its }) => its.some((key) => keys.includes(key)));
    const last = followed[Math.floor(from * (followed.length - 1))];
    if (last?.id === undefined) return;
    const { after, lost } = this.log.locate(keys, { id: last.id });
    const result = this.log.read({ keys, after, limit: Infinity });
    const due = followed.filter(({ offset }) => offset > last.offset);
    const missing = due.filter(({ offset }) => !offsets(result).includes(offset));
    const isTold = lost !== undefined || result.losses.length > 0;
    assert.ok(missing.length === 0 || isTold, 'events are missing, and nothing tells of it');
    if (this.options.totalBytes !== undefined) return;
    const isKept = (event: Published) =>
      event.keys.some((key) => keys.includes(key) && this.#isKept(event, key));
    assert.deepEqual(missing.filter(isKept), []);
  }

  #check(
    result: ReadResult,
    due: readonly Published[],
    keys: readonly TopicKey[],
    begins: (key: TopicKey) => number,
  ): void {
    const given = offsets(result);
    assert.deepEqual(
      given,
      [...new Set(given)].sort((a, b) => a - b),
    );
    assert.deepEqual([result.through, result.end], [this.log.end(), this.log.end()]);
    const missing = due.filter(({ offset }) => !given.includes(offset));
    assert.equal(given.length + missing.length, due.length, 'nothing is given that is not due');
    for (const key of keys) {
      const gone = missing.filter((event) => event.keys.includes(key) && event.offset > begins(key));
      const loss = result.losses.find((lost) => lost.key === key);
      assert.ok((loss?.upTo ?? 0) >= (gone.at(-1)?.offset ?? 0), 'the loss of a topic is told');
      if (loss?.count !== undefined) assert.equal(loss.count, gone.length);
    }
  }

  /** Whether the topic's own retention by count and age keeps the event. */
  #isKept(event: Published, key: TopicKey): boolean {
    const { count = 1_000, age = 300_000 } = this.#limitsOf(key);
    const newer = this.published.filter(({ keys, offset }) => keys.includes(key) && offset > event.offset);
    return newer.length < count && now() - event.time < age;
  }

  #limitsOf(key: TopicKey): { count?: number; age?: number } {
    const own = this.options.topics?.find((topic) => 'topic' in topic && `t:${topic.topic}` === key);
    return own ?? this.options.retention!;
  }

  #place(part: number): number {
    return Math.floor(part * this.log.end());
  }
}

function offsets({ records }: ReadResult): number[] {
  return records.map(({ offset }) => offset);
}

function assertAll(options: fc.Arbitrary<MemoryLogOptions>): void {
  fc.assert(
    fc.property(options, fc.array(anyStep, { maxLength: 80, size: 'max' }), (given, steps) => {
      const model = new Model(given);
      for (const next of steps) model.take(next);
      model.log.close();
    }),
    { numRuns: 1_000 },
  );
}

describe('Whatever is published, kept and asked for', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('an answer is what a naive model keeps by count and age, and what is missing is told', () => {
    assertAll(
      fc.record({ retention: limits, topics: fc.tuple(limits.map((own) => ({ topic: 'a', ...own }))) }),
    );
  });

  test('an answer in order and what is missing is told, under the limits of all topics too', () => {
    assertAll(
      fc.record({
        retention: limits,
        totalBytes: fc.constantFrom(0, 3_000, 10_000, 50_000),
        userBytes: fc.constantFrom(0, 3_000, 10_000),
      }),
    );
  });
});
