import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { EventLog, LogEntry, MemoryLogOptions, ReadResult, TopicKey } from 'nestjs-sse-hub';
import { lmdbLog } from 'nestjs-sse-hub/lmdb';
import { redisLog } from 'nestjs-sse-hub/redis';
import { startRedis, type RedisServer } from '../support/redis-server.js';

const PUBLIC: readonly TopicKey[] = ['t:a', 't:b', 't:c', 'b:'];
const PRIVATE: readonly TopicKey[] = ['u:a', 'u:b'];
const ALL = [...PUBLIC, ...PRIVATE];

interface Published {
  readonly offset: number;
  readonly keys: readonly TopicKey[];
  readonly id: string | undefined;
}

type Step =
  | {
      readonly do: 'publish';
      readonly keys: TopicKey[];
      readonly ids: readonly ('none' | 'new' | 'same')[];
      readonly size: number;
    }
  | {
      readonly do: 'read';
      readonly keys: TopicKey[];
      readonly after: number;
      readonly later: number | undefined;
      readonly limit: number;
    }
  | { readonly do: 'resume'; readonly keys: TopicKey[]; readonly from: number }
  | { readonly do: 'reopen' };

const keysOf = (keys: readonly TopicKey[]) => fc.subarray([...keys], { minLength: 1 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('publish' as const),
      keys: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...ALL).map((key) => [key]) },
        { weight: 1, arbitrary: keysOf(PUBLIC) },
        { weight: 1, arbitrary: keysOf(PRIVATE) },
      ),
      ids: fc.array(fc.constantFrom('none' as const, 'new' as const, 'same' as const), {
        minLength: 1,
        maxLength: 6,
      }),
      size: fc.nat(2_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      keys: keysOf(ALL),
      after: share,
      later: fc.option(share, { nil: undefined }),
      limit: fc.constantFrom(1, 3_000, Infinity),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resume' as const), keys: keysOf(ALL), from: share }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);

const limits = fc.record({
  retention: fc.record({
    count: fc.constantFrom(0, 1, 2, 5, 20, Infinity),
    bytes: fc.constantFrom(3_000, Infinity),
  }),
  totalBytes: fc.constantFrom(3_000, 20_000, Infinity),
  userBytes: fc.constantFrom(3_000, Infinity),
});

/** A log that can be opened anew, and a naive memory of everything that it was ever told. */
class Model {
  readonly published: Published[] = [];
  #log: EventLog | undefined = undefined;
  #ids = 0;
  readonly #lastIds = new Map<string, string>();

  constructor(
    private readonly options: MemoryLogOptions,
    private readonly make: () => EventLog,
  ) {}

  get log(): EventLog {
    return this.#log!;
  }

  async open(): Promise<void> {
    this.#log = this.make();
    await this.log.open({ committed: () => undefined });
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'publish') await this.#publish(step);
    else if (step.do === 'read') await this.#read(step);
    else if (step.do === 'resume') await this.#resume(step);
    else {
      await this.log.close();
      await this.open();
    }
  }

  /** Several at once, as they are written at once. */
  async #publish({ keys, ids, size }: Step & { do: 'publish' }): Promise<void> {
    const entries = ids.map((wanted): LogEntry => {
      const id = this.#idFor(keys, wanted);
      this.published.push({ offset: Infinity, keys, id });
      return { keys, id, body: `data:${'x'.repeat(size)}\n\n`, kind: 'text', time: Date.now() };
    });
    const end = this.published.length - entries.length;
    const given = await Promise.all(entries.map(async (entry) => this.log.append(entry)));
    for (const [place, offset] of given.entries()) {
      assert.ok(offset > (this.published[end + place - 1]?.offset ?? 0));
      this.published[end + place] = { ...this.published[end + place]!, offset };
    }
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

  async #read({ keys, after: part, later: laterPart, limit }: Step & { do: 'read' }): Promise<void> {
    const after = this.#place(part);
    const later = laterPart === undefined ? undefined : new Map([[keys[0]!, this.#place(laterPart)]]);
    const result = await this.log.read({ keys, after, later, limit });
    const begins = (key: TopicKey) => Math.max(later?.get(key) ?? 0, after);
    assert.equal(result.end, this.published.at(-1)?.offset ?? 0);
    const due = this.published.filter(
      ({ keys: its, offset }) =>
        offset <= result.through && its.some((key) => keys.includes(key) && offset > begins(key)),
    );
    const given = offsets(result);
    assert.deepEqual(
      given,
      [...new Set(given)].toSorted((a, b) => a - b),
    );
    const missing = due.filter(({ offset }) => !given.includes(offset));
    assert.equal(given.length + missing.length, due.length, 'nothing is given that is not due');
    for (const key of keys) {
      const gone = missing.filter((event) => event.keys.includes(key) && event.offset > begins(key));
      const loss = result.losses.find((lost) => lost.key === key);
      assert.ok((loss?.upTo ?? 0) >= (gone.at(-1)?.offset ?? 0), 'the loss of a topic is told');
      if (loss?.count !== undefined && result.through === result.end) assert.equal(loss.count, gone.length);
    }
    this.#assertKept(missing, keys);
  }

  /** A client that has seen everything up to one of the events comes back with its id. */
  async #resume({ keys, from }: Step & { do: 'resume' }): Promise<void> {
    const followed = this.published.filter(({ keys: its }) => its.some((key) => keys.includes(key)));
    const last = followed[Math.floor(from * (followed.length - 1))];
    if (last?.id === undefined) return;
    const { after, lost } = await this.log.locate(keys, { id: last.id });
    const result = await this.log.read({ keys, after, limit: Infinity });
    const missing = followed.filter(
      ({ offset }) => offset > last.offset && !offsets(result).includes(offset),
    );
    const isTold = lost !== undefined || result.losses.length > 0;
    assert.ok(missing.length === 0 || isTold, 'events are missing, and nothing tells of it');
    this.#assertKept(missing, keys);
  }

  /** What the topic's own retention by count keeps is not missing, where that is the only limit. */
  #assertKept(missing: readonly Published[], keys: readonly TopicKey[]): void {
    const { retention, totalBytes, userBytes } = this.options;
    if (Math.min(retention!.bytes!, totalBytes!, userBytes!) < Infinity) return;
    for (const event of missing) {
      for (const key of event.keys.filter((its) => keys.includes(its))) {
        const newer = this.published.filter(
          ({ keys: its, offset }) => its.includes(key) && offset > event.offset,
        );
        assert.ok(newer.length >= retention!.count!, 'what is to be kept is there');
      }
    }
  }

  #place(part: number): number {
    const last = this.published.at(-1)?.offset ?? 0;
    const event = this.published[Math.floor(part * this.published.length)];
    return event === undefined ? last : event.offset;
  }
}

function offsets({ records }: ReadResult): number[] {
  return records.map(({ offset }) => offset);
}

async function assertAll(makeFor: (options: MemoryLogOptions) => () => EventLog): Promise<void> {
  const steps = fc.array(anyStep, { maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(limits, steps, async (options, given) => {
      const model = new Model(options, makeFor(options));
      await model.open();
      try {
        for (const next of given) await model.take(next);
      } finally {
        await model.log.close();
      }
    }),
    { numRuns: 60 },
  );
}

describe('Whatever is published, kept, asked for and opened anew, an answer is in order and tells what is missing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-model-'));
  let redis: RedisServer;
  let made = 0;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('on the disk', async () => {
    await assertAll((options) => {
      const path = join(folder, String(++made));
      return () => lmdbLog({ ...options, path });
    });
  }, 120_000);

  test('in Redis', async () => {
    await assertAll((options) => {
      const prefix = randomUUID();
      return () => redisLog({ ...options, url: redis.url, prefix });
    });
  }, 120_000);
});
