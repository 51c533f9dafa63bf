import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';
import { seededRandom } from '../support/seeded-random.js';

interface Interval {
  median: number;
  low: number;
  high: number;
}

const { medianInterval, pairedDifferences, pairedRatios } = (await import(
  join(ROOT, 'bench/statistics.mjs')
)) as {
  medianInterval: (values: readonly number[]) => Interval;
  pairedRatios: (of: readonly number[], to: readonly number[]) => number[];
  pairedDifferences: (of: readonly number[], to: readonly number[]) => number[];
};

const oneTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('the interval of a median', () => {
  test.each([
    // What the tables of the sign test say for 95%.
    [6, 1, 6],
    [9, 2, 8],
    [15, 4, 12],
    [20, 6, 15],
    [25, 8, 18],
    // Counted exactly, with integers as long as it takes.
    [1_075, 505, 571],
    [10_000, 4_902, 5_099],
  ])('of %i values goes from the %i. to the %i.', (count, low, high) => {
    expect(medianInterval(oneTo(count))).toMatchObject({ low, high });
  });

  test('is everything where there are too few values', () => {
    expect(medianInterval([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 });
    expect(medianInterval([7])).toEqual({ median: 7, low: 7, high: 7 });
  });

  test('lies around the middle of an even number of values', () => {
    expect(medianInterval([4, 1, 3, 2]).median).toBe(2.5);
  });

  test('has the true median in it at least 95 times of a hundred, however the values are distributed', () => {
    const random = seededRandom(1);
    const skewed = () => Math.exp(3 * random());
    const truth = Math.exp(1.5);
    let hits = 0;
    for (let trial = 0; trial < 2_000; trial++) {
      const { low, high } = medianInterval(Array.from({ length: 15 }, skewed));
      if (low <= truth && truth <= high) hits++;
    }
    expect(hits / 2_000).toBeGreaterThanOrEqual(0.95);
  });
});

describe('paired values', () => {
  test('are those of the same round, so that a slow round is none of the ratio', () => {
    expect(pairedRatios([2, 20, 4], [1, 10, 2])).toEqual([2, 2, 2]);
    expect(pairedDifferences([5, 50], [2, 47])).toEqual([3, 3]);
  });
});
