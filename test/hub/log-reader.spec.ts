import { afterEach, describe, expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import type {
  Awaitable,
  EventLog,
  Located,
  LogRecord,
  Loss,
  ReadQuery,
  ReadResult,
  TopicKey,
} from 'nestjs-sse-hub';
import { LogReader } from '../../lib/hub/log-reader.js';
import { Replay } from '../../lib/hub/replay.js';
import { resolveLimits } from '../../lib/options/limit-options.js';
import { seed, seededRandom } from '../support/seeded-random.js';

const LIMIT = 1_000;
const EPOCH = 'abcdefgh';

/** A question that the log has been asked, and that a test answers. */
interface Asked {
  readonly what: 'read' | 'end' | 'locate';
  readonly keys: readonly TopicKey[];
  readonly after: number;
  resolve(answer?: unknown): void;
  reject(error: Error): void;
}

/** A log that answers when it is told to. */
class HeldLog {
  readonly epoch = EPOCH;
  readonly asked: Asked[] = [];
  /** Questions without an answer. */
  open = 0;
  most = 0;

  read({ keys, after }: ReadQuery): Promise<ReadResult> {
    return this.#ask('read', [...keys], after);
  }

  end(): Promise<number> {
    return this.#ask('end', [], 0);
  }

  locate(keys: Iterable<TopicKey>): Promise<Located> {
    return this.#ask('locate', [...keys], 0);
  }

  #ask<T>(what: Asked['what'], keys: readonly TopicKey[], after: number): Promise<T> {
    this.most = Math.max(this.most, ++this.open);
    return new Promise<T>((resolve, reject) => {
      this.asked.push({
        what,
        keys,
        after,
        resolve: (answer) => {
          this.open--;
          resolve(answer as T);
        },
        reject: (error) => {
          this.open--;
          reject(error);
        },
      });
    });
  }
}

function record(offset: number, key: TopicKey = 't:a'): LogRecord {
  return { offset, keys: [key], body: `data:${offset}\n\n`, kind: 'json', time: 0 };
}

function result(
  offsets: readonly number[],
  through = offsets.at(-1) ?? 0,
  key: TopicKey = 't:a',
): ReadResult {
  return { records: offsets.map((offset) => record(offset, key)), through, end: through, losses: [] };
}

function readerOf(log: HeldLog, concurrentReads = 32): LogReader {
  return new LogReader(log as unknown as EventLog, resolveLimits({ concurrentReads }));
}

function query(after: number, ...keys: TopicKey[]): ReadQuery {
  return { keys: keys.length === 0 ? ['t:a'] : keys, after, limit: LIMIT };
}

/** All answers, whether they are there or have to be waited for. */
const all = <T>(answers: readonly Awaitable<T>[]) => Promise.all(answers.map(async (answer) => answer));

/** Resolves when everything that was due has been done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

afterEach(() => {
  jest.useRealTimers();
});

describe('Questions to a log that answers later', () => {
  test('are asked only so many at once, and those that wait in their order', async () => {
    const log = new HeldLog();
    const reader = readerOf(log, 3);
    for (let after = 0; after < 10; after++) void reader.read(query(after), {});
    expect(log.asked.map(({ after }) => after)).toEqual([0, 1, 2]);
    for (const answered of [1, 0, 2, 3, 4, 5, 6, 7, 8, 9]) {
      log.asked[answered]!.resolve(result([]));
      await settled();
    }
    expect(log.asked.map(({ after }) => after)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(log.most).toBe(3);
  });

  test('make room also where they fail', async () => {
    const log = new HeldLog();
    const reader = readerOf(log, 1);
    const first = Promise.resolve(reader.read(query(1), {}));
    void reader.read(query(2), {});
    log.asked[0]!.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settled();
    expect(log.asked.map(({ after }) => after)).toEqual([1, 2]);
  });

  test('are not asked where whoever has asked has left meanwhile', async () => {
    const log = new HeldLog();
    const reader = readerOf(log, 1);
    const leaving = {};
    void reader.read(query(1), {});
    void reader.read(query(2), leaving);
    void reader.locate(['t:a'], 'earliest', leaving);
    void reader.end(leaving);
    void reader.read(query(3), {});
    reader.forget(leaving);
    log.asked[0]!.resolve(result([]));
    await settled();
    log.asked[1]!.resolve(result([]));
    await settled();
    expect(log.asked.map(({ after }) => after)).toEqual([1, 3]);
    expect(log.open).toBe(0);
  });

  test('are asked where somebody else waits for the same', async () => {
    const log = new HeldLog();
    const reader = readerOf(log, 1);
    const leaving = {};
    void reader.read(query(1), {});
    void reader.read(query(2), leaving);
    const other = reader.read(query(2), {});
    reader.forget(leaving);
    log.asked[0]!.resolve(result([]));
    await settled();
    log.asked[1]!.resolve(result([7]));
    expect((await other).through).toBe(7);
  });

  test('are answered to whoever comes back after having left', async () => {
    const log = new HeldLog();
    const reader = readerOf(log, 1);
    const asker = {};
    void reader.read(query(1), {});
    void reader.read(query(2), asker);
    reader.forget(asker);
    const again = reader.read(query(2), asker);
    log.asked[0]!.resolve(result([]));
    await settled();
    log.asked[1]!.resolve(result([7]));
    expect((await again).through).toBe(7);
    reader.forget(asker);
  });

  test('do not disturb others that an asker who leaves has had answered before', async () => {
    const log = new HeldLog();
    const reader = readerOf(log, 1);
    const asker = {};
    void reader.read(query(1), {});
    void reader.read(query(2), asker);
    log.asked[0]!.resolve(result([]));
    await settled();
    log.asked[1]!.resolve(result([]));
    await settled();
    void reader.read(query(3), {});
    void reader.read(query(2), {});
    reader.forget(asker);
    log.asked[2]!.resolve(result([]));
    await settled();
    expect(log.asked.map(({ after }) => after)).toEqual([1, 2, 3, 2]);
  });

  test(`are all answered, each with its own answer, in whatever order the log answers (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    const log = new HeldLog();
    const reader = readerOf(log, 4);
    const wrong: string[] = [];
    let answered = 0;
    let asked = 0;
    let left = 0;
    for (let step = 0; step < 3_000 || log.open > 0; step++) {
      if (step < 3_000) {
        asked++;
        const after = Math.floor(random() * 20);
        const asker = {};
        const answer = random() < 0.2 ? reader.end(asker) : reader.read(query(after), asker);
        void Promise.resolve<unknown>(answer).then((value) => {
          answered++;
          if (value instanceof Replay && value.through !== after + 1)
            wrong.push(`${after}: ${value.through}`);
        });
        if (random() < 0.1) {
          left++;
          reader.forget(asker);
        }
      }
      const open = log.asked.filter((question) => !done.has(question));
      const next = open[Math.floor(random() * open.length * 2)];
      if (next === undefined) continue;
      done.add(next);
      next.resolve(next.what === 'end' ? 1 : result([next.after + 1]));
      await settled();
    }
    expect(wrong).toEqual([]);
    expect(log.most).toBeLessThanOrEqual(4);
    expect(answered).toBeGreaterThanOrEqual(asked - left);
  });
});

const done = new WeakSet<Asked>();

describe('Reads that are the same', () => {
  test('are one, whose answer all share with its bytes', async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const reads = Array.from({ length: 1_000 }, () => reader.read(query(5, 't:a', 'b:'), {}));
    log.asked[0]!.resolve(result([6, 7]));
    const replays = await all(reads);
    expect(log.asked).toHaveLength(1);
    expect(new Set(replays.map(({ run }) => run.pieces())).size).toBe(1);
  });

  test('are one while they wait for their turn', async () => {
    const log = new HeldLog();
    const reader = readerOf(log, 1);
    void reader.read(query(1), {});
    const reads = Array.from({ length: 10 }, () => reader.read(query(2), {}));
    log.asked[0]!.resolve(result([]));
    await settled();
    log.asked[1]!.resolve(result([3]));
    expect(new Set(await all(reads)).size).toBe(1);
    expect(log.asked).toHaveLength(2);
  });

  test('are answered for a second or two from what was read, and then asked anew', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const log = new HeldLog();
    const reader = readerOf(log);
    const first = reader.read(query(5), {});
    log.asked[0]!.resolve(result([6]));
    const replay = await first;
    jest.advanceTimersByTime(900);
    expect(reader.read(query(5), {})).toBe(replay);
    jest.advanceTimersByTime(2_100);
    const again = reader.read(query(5), {});
    expect(log.asked).toHaveLength(2);
    log.asked[1]!.resolve(result([], 5));
    await again;
    expect(jest.getTimerCount()).toBe(0);
  });

  test('are asked anew where the answer led nowhere', async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const first = reader.read(query(5), {});
    log.asked[0]!.resolve(result([], 5));
    await first;
    void reader.read(query(5), {});
    expect(log.asked).toHaveLength(2);
  });

  test('fail for all who wait for the answer, and for nobody later', async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const reads = Array.from({ length: 3 }, () => Promise.resolve(reader.read(query(5), {})));
    log.asked[0]!.reject(new Error('away'));
    const failed = await Promise.allSettled(reads);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    const next = reader.read(query(5), {});
    log.asked[1]!.resolve(result([6]));
    expect((await next).through).toBe(6);
  });

  test('fail for all who waited for their turn together', async () => {
    const log = new HeldLog();
    const reader = readerOf(log, 1);
    void reader.read(query(1), {});
    const reads = Array.from({ length: 3 }, () => Promise.resolve(reader.read(query(5), {})));
    const failing = Promise.allSettled(reads);
    log.asked[0]!.resolve(result([]));
    await settled();
    log.asked[1]!.reject(new Error('away'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  test.each([
    ['another place', query(6, 't:a')],
    ['other topics', query(5, 't:b')],
    ['more topics', query(5, 't:a', 't:b')],
    ['topics that look alike', query(5, 't:a1 t:b')],
    ['another size', { ...query(5, 't:a'), limit: 7 }],
    ['topics that begin later', { ...query(5, 't:a'), later: new Map([['t:a', 9] as const]) }],
  ])('are not those from %s', (_, other) => {
    const log = new HeldLog();
    const reader = readerOf(log);
    void reader.read(query(5, 't:a'), {});
    void reader.read(other, {});
    expect(log.asked).toHaveLength(2);
  });

  test('are not those of which each begins some topics later', () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const later = new Map([['t:a', 9] as const]);
    void reader.read({ ...query(5), later }, {});
    void reader.read({ ...query(5), later }, {});
    expect(log.asked).toHaveLength(2);
  });

  test('ask for the topics that were followed when they were asked, whatever is followed when it is their turn', async () => {
    const log = new HeldLog();
    const reader = readerOf(log, 1);
    void reader.read(query(1), {});
    const keys = new Set<TopicKey>(['t:a']);
    void reader.read({ keys, after: 2, limit: LIMIT }, {});
    void reader.locate(keys, 'earliest', {});
    keys.add('t:b');
    for (const turn of [0, 1]) {
      log.asked[turn]!.resolve(result([]));
      await settled();
    }
    expect(log.asked.map((asked) => asked.keys)).toEqual([['t:a'], ['t:a'], ['t:a']]);
  });
});

describe("The log's end", () => {
  test('is never answered by a question that was asked before', async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const first = reader.end({});
    const second = reader.end({});
    log.asked[0]!.resolve(1);
    expect(await first).toBe(1);
    await settled();
    log.asked[1]!.resolve(2);
    expect(await second).toBe(2);
  });

  test('is asked once for all who come while an answer is on its way', async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const ends = Array.from({ length: 1_000 }, () => reader.end({}));
    log.asked[0]!.resolve(1);
    await settled();
    log.asked[1]!.resolve(2);
    expect(new Set(await all(ends.slice(1)))).toEqual(new Set([2]));
    expect(log.asked).toHaveLength(2);
  });

  test('is asked for those too whose turn comes when another question is answered', async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    void reader.end({});
    void reader.read(query(1), {});
    const second = reader.end({});
    log.asked[1]!.resolve(result([]));
    await settled();
    log.asked[2]!.resolve(3);
    expect(await second).toBe(3);
    log.asked[0]!.resolve(1);
  });

  test('is asked for nobody where those who wait for it have left', async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const leaving = {};
    void reader.end({});
    void reader.end(leaving);
    reader.forget(leaving);
    log.asked[0]!.resolve(1);
    await settled();
    expect(log.asked).toHaveLength(1);
  });
});

describe('Reads of users', () => {
  const ann = query(5, 't:a', 'b:', 'u:ann');
  const bob = query(5, 't:a', 'b:', 'u:bob');

  test('share what is public, and ask for what is private by itself', () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    for (const one of [ann, bob, ann, bob]) void reader.read(one, {});
    expect(log.asked.map(({ keys }) => keys)).toEqual([['t:a', 'b:'], ['u:ann'], ['u:bob']]);
  });

  test("give each its own, in the log's order, and none of another user's", async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const reads = [reader.read(ann, {}), reader.read(bob, {})];
    log.asked[2]!.resolve(result([8], 9, 'u:bob'));
    log.asked[0]!.resolve(result([6, 9], 9));
    log.asked[1]!.resolve(result([7], 9, 'u:ann'));
    const replays = await all(reads);
    expect(replays.map(({ records }) => records.map(({ offset }) => offset))).toEqual([
      [6, 7, 9],
      [6, 8, 9],
    ]);
  });

  test('have the bytes of what is public made once where nothing is private', async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const reads = [reader.read(ann, {}), reader.read(bob, {})];
    log.asked[0]!.resolve(result([6, 9], 9));
    log.asked[1]!.resolve(result([], 9));
    log.asked[2]!.resolve(result([], 12));
    const [one, other] = await all(reads);
    expect(one!.run.pieces()).toBe(other!.run.pieces());
  });

  test('fail where one of the two does, and the other goes unheard', async () => {
    const log = new HeldLog();
    const reader = readerOf(log);
    const read = Promise.resolve(reader.read(ann, {}));
    const failure = read.catch((error: unknown) => error);
    log.asked[1]!.reject(new Error('first'));
    log.asked[0]!.reject(new Error('second'));
    expect(await failure).toEqual(new Error('first'));
    await settled();
  });

  test('leave no rejection behind where what is private cannot even be asked for', async () => {
    const log = new HeldLog();
    const read = log.read.bind(log);
    log.read = (one) => {
      if ([...one.keys].includes('u:ann')) throw new Error('at once');
      return read(one);
    };
    const reader = readerOf(log);
    expect(() => reader.read(ann, {})).toThrow('at once');
    log.asked[0]!.reject(new Error('later'));
    // An unhandled rejection would fail this test.
    await settled();
  });
});

describe('What was read of some topics and of others', () => {
  interface Whole {
    readonly shared: readonly number[];
    readonly own: readonly number[];
    readonly end: number;
  }

  /** A log, as the offsets of what is public and what is private. */
  const anyLog: fc.Arbitrary<Whole> = fc
    .array(fc.constantFrom('shared', 'own', 'other'), { maxLength: 40 })
    .map((kinds) => ({
      shared: kinds.flatMap((kind, index) => (kind === 'shared' ? [index + 1] : [])),
      own: kinds.flatMap((kind, index) => (kind === 'own' ? [index + 1] : [])),
      end: kinds.length,
    }));

  const part = fc.record({
    most: fc.integer({ min: 1, max: 5 }),
    behind: fc.nat(10),
    lost: fc.oneof(fc.constant(0), fc.nat(20)),
  });

  test(`is, together, what one read of all of them would have given (SEED=${seed})`, () => {
    const parameters = { seed: seed | 0, numRuns: 2_000 };
    const property = fc.property(anyLog, fc.nat(10), part, part, (log, after, one, other) => {
      fc.pre(after <= log.end);
      const endOf = ({ behind }: { behind: number }) => Math.max(after, log.end - behind);
      const shared = readOf(log.shared, after, endOf(one), one.most, one.lost);
      const own = readOf(log.own, after, endOf(other), other.most, other.lost);

      const both = shared.with(own);

      const expected = [
        ...log.shared.filter((offset) => offset > one.lost),
        ...log.own.filter((offset) => offset > other.lost),
      ]
        .filter((offset) => offset > after && offset <= both.through)
        .toSorted((a, b) => a - b);
      expect(both.records.map(({ offset }) => offset)).toEqual(expected);
      expect(both.through).toBe(Math.min(shared.through, own.through));
      expect(both.end).toBe(Math.min(shared.end, own.end));
      expect(both.losses).toEqual([...shared.losses, ...own.losses]);
      expect(textOf(both)).toBe(textOf(Replay.of(both, EPOCH)));
    });
    fc.assert(property, parameters);
  });

  test(`reaches the end, piece by piece, with each once (SEED=${seed})`, () => {
    const property = fc.property(anyLog, fc.array(fc.tuple(part, part), { minLength: 1 }), (log, parts) => {
      const taken: number[] = [];
      let after = 0;
      for (let turn = 0; after < log.end; turn++) {
        const [one, other] = parts[turn % parts.length]!;
        // What answers late may be as old as the place from which it was asked, now and then.
        const endOf = (behind: number) => Math.max(after, log.end - (turn % 3 === 0 ? 0 : behind));
        const shared = readOf(log.shared, after, endOf(one.behind), one.most, 0);
        const both = shared.with(readOf(log.own, after, endOf(other.behind), other.most, 0));
        taken.push(...both.records.map(({ offset }) => offset));
        expect(both.through).toBeGreaterThanOrEqual(after);
        after = both.through;
      }
      expect(taken).toEqual([...log.shared, ...log.own].toSorted((a, b) => a - b));
    });
    fc.assert(property, { seed: seed | 0, numRuns: 1_000 });
  });

  test('leaves the parts as they were', () => {
    const shared = Replay.of(result([1, 3, 5], 5), EPOCH);
    const own = Replay.of(result([2, 4], 4), EPOCH);
    shared.with(own);
    expect(shared.records.map(({ offset }) => offset)).toEqual([1, 3, 5]);
    expect(own.records.map(({ offset }) => offset)).toEqual([2, 4]);
  });
});

/** What a read of some topics answers, as of some end, with so many records at the most. */
function readOf(offsets: readonly number[], after: number, end: number, most: number, lost: number): Replay {
  const wanted = offsets.filter((offset) => offset > Math.max(after, lost) && offset <= end);
  const given = wanted.slice(0, most);
  const through = given.length < wanted.length ? given.at(-1)! : end;
  const losses: Loss[] = lost > after ? [{ key: 't:x', upTo: lost, count: undefined }] : [];
  return Replay.of({ records: given.map((offset) => record(offset)), through, end, losses }, EPOCH);
}

function textOf({ run }: Replay): string {
  return Buffer.concat(run.pieces().map(({ data }) => data)).toString();
}
