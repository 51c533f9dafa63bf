import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';

const { TurnCounts } = (await import(join(ROOT, 'bench/scenarios/turn-counts.mjs'))) as {
  TurnCounts: new (slotMs: number) => {
    get(who: string): number | undefined;
    set(who: string, turnNs: number): void;
  };
};

const MS = 1e6;
const SLOT_MS = 200;

function countOf(turnNs: number): number | undefined {
  const counts = new TurnCounts(SLOT_MS);
  counts.set('a', turnNs);
  return counts.get('a');
}

describe('the turns of a slot', () => {
  test('are not known before one has been measured', () => {
    expect(new TurnCounts(SLOT_MS).get('a')).toBeUndefined();
  });

  test('fill the slot', () => {
    expect(countOf(2 * MS)).toBe(100);
  });

  test('are those of what has been measured last', () => {
    const counts = new TurnCounts(SLOT_MS);
    counts.set('a', 20 * MS);
    counts.set('a', 2 * MS);

    expect(counts.get('a')).toBe(100);
  });

  test.each([
    ['five, where they take longer than the slot', 100 * MS, 5],
    ['as many as there is time for, where five take very long', 400 * MS, 2],
    ['one, however long it takes', 60_000 * MS, 1],
    ['500, however short they are', 1, 500],
  ])('are %s', (_what, turnNs, count) => {
    expect(countOf(turnNs)).toBe(count);
  });
});
