import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { LogRecord } from 'nestjs-sse-hub';
import { Run } from '../../lib/hub/run.js';
import { seed } from '../support/seeded-random.js';

const EPOCH = 'abcdefgh';

function record(offset: number, text = String(offset)): LogRecord {
  return { offset, keys: ['t:a'], body: `data:${text}\n\n`, kind: 'text', time: 0 };
}

function textOf(records: readonly LogRecord[]): string {
  return records.map(({ offset, body }) => `id:1${EPOCH}-${offset.toString(36)}\n${body}`).join('');
}

function written(run: Run, from?: number): string {
  return Buffer.concat(run.pieces(from).map(({ data }) => data)).toString();
}

const anyRecords = fc
  .uniqueArray(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 20 })
  .map((offsets) => offsets.toSorted((a, b) => a - b).map((offset) => record(offset)));

describe('A run of records', () => {
  test('is made bytes once, for everyone', () => {
    const run = Run.of([record(1), record(2)], EPOCH);
    expect(written(run)).toBe(textOf(run.records));
    expect(run.pieces()).toBe(run.pieces());
    expect(run.pieces(1)).toHaveLength(1);
  });

  test('is made bytes once also for those who have had a part of it, from where several have', () => {
    const own = Run.of([record(1), record(2), record(3)], EPOCH);
    const merged = Run.merge([own, Run.of([record(4), record(5)], EPOCH)]);
    for (const run of [own, merged]) {
      const [from1, from2] = [run.pieces(1), run.pieces(2)];
      expect(run.pieces(1)).toBe(from1);
      expect(run.pieces(2)).toBe(from2);
      expect(written(run, 2)).toBe(textOf(run.records.slice(2)));
    }
  });

  test('gives those who follow topics that begin with the same event one run, whatever their order', () => {
    const both = record(1);
    const one = Run.of([both, record(2)], EPOCH);
    const other = Run.of([both, record(3)], EPOCH);
    expect(Run.merge([one, other])).toBe(Run.merge([other, one]));
  });

  test('gives those who follow another topic too the same run of both', () => {
    const one = Run.of([record(1)], EPOCH);
    const other = Run.of([record(2)], EPOCH);
    expect(Run.merge([one, other])).toBe(Run.merge([other, one]));
    expect(Run.merge([one])).toBe(one);
  });

  test('shares its bytes with those who follow something else besides, where they are many', () => {
    const shared = Run.of([record(1, 'x'.repeat(20_000)), record(2)], EPOCH);
    const [mine, yours] = [3, 4].map((offset) => Run.merge([shared, Run.of([record(offset)], EPOCH)]));
    expect(mine!.pieces()).toHaveLength(2);
    expect(mine!.pieces()[0]).toBe(shared.pieces()[0]);
    expect(yours!.pieces()[0]).toBe(shared.pieces()[0]);
  });

  test('is one piece where it is small', () => {
    const both = Run.merge([Run.of([record(1), record(3)], EPOCH), Run.of([record(2)], EPOCH)]);
    expect(both.pieces()).toHaveLength(1);
  });

  test(`has the records of several in order and once, from anywhere, and any of them (SEED=${seed})`, () => {
    const property = fc.property(
      fc.array(anyRecords, { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.boolean()),
      fc.nat(2_000),
      (lists, choose, after) => {
        // A record that is in several topics is one object.
        const known = new Map<number, LogRecord>();
        for (const one of lists.flat()) known.set(one.offset, one);
        const runs = lists.map((list) =>
          Run.of(
            list.map(({ offset }) => known.get(offset)!),
            EPOCH,
          ),
        );
        const run = Run.merge(runs);
        const all = [...known.values()].toSorted((a, b) => a.offset - b.offset);
        expect(run.records).toEqual(all);
        expect(written(run)).toBe(textOf(all));
        const rest = all.filter(({ offset }) => offset > after);
        const from = run.indexAfter(after);
        expect(run.firstBehind(after)).toBe(rest[0]?.offset);
        expect(run.upTo(after).records).toEqual(all.slice(0, from));
        expect(written(run.upTo(after))).toBe(textOf(all.slice(0, from)));
        expect(all.slice(from)).toEqual(rest);
        expect(written(run, from)).toBe(textOf(rest));
        const chosen = all.filter(() => choose.next().value);
        expect(Buffer.concat(run.piecesOf(chosen).map(({ data }) => data)).toString()).toBe(textOf(chosen));
      },
    );
    fc.assert(property, { seed: seed | 0, numRuns: 500 });
  });
});
