import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';

type Figures = Record<string, number>;

const { deliveriesBetween, isComplete } = (await import(join(ROOT, 'bench/deliveries.mjs'))) as {
  deliveriesBetween: (before: Map<string, Figures>, after: Map<string, Figures>) => Map<string, Figures>;
  isComplete: (deliveries: Figures) => boolean;
};

const before = { due: 100, delivered: 90, missing: 10, doubled: 1, lost: 2 };

function between(after: Figures): Figures {
  return deliveriesBetween(new Map([['a', before]]), new Map([['a', { ...before, ...after }]])).get('a')!;
}

describe('deliveries', () => {
  test('are those between two tallies', () => {
    const deliveries = between({ due: 150, delivered: 140 });

    expect(deliveries).toEqual({ due: 50, delivered: 50, missing: 0, doubled: 0, lost: 0 });
    expect(isComplete(deliveries)).toBe(true);
  });

  test('are missing where they have never come', () => {
    expect(between({ due: 150, delivered: 130 })).toMatchObject({ delivered: 40, missing: 10 });
  });

  test.each([
    ['one is missing', { due: 101 }],
    ['one has come and another has been passed over', { due: 101, delivered: 91, missing: 11 }],
    ['one has come twice', { doubled: 2 }],
    ['a stream has been ended', { lost: 3 }],
  ])('are not complete where %s', (_where, after) => {
    expect(isComplete(between(after))).toBe(false);
  });
});
