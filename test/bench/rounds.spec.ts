import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';

interface Plan {
  ids: readonly string[];
  rounds: number;
  warmUps: number;
  random: () => number;
}

const { inRounds, seededRandom } = (await import(join(ROOT, 'bench/rounds.mjs'))) as {
  inRounds: (
    plan: Plan,
    measure: (id: string, isWarmUp: boolean) => Promise<unknown>,
  ) => Promise<{ samples: Map<string, unknown[]>; failures: Map<string, Error> }>;
  seededRandom: (seed: number) => () => number;
};

const plan = (seed: number) => ({ ids: ['a', 'b', 'c'], rounds: 20, warmUps: 2, random: seededRandom(seed) });

async function orderOf(seed: number): Promise<string> {
  let order = '';
  await inRounds(plan(seed), async (id) => void (order += id));
  return order;
}

describe('rounds', () => {
  test('have everybody once', async () => {
    const order = await orderOf(1);

    const rounds = order.match(/.{3}/g)!;
    expect(rounds).toHaveLength(22);
    expect(new Set(rounds.map((round) => Array.from(round).sort().join('')))).toEqual(new Set(['abc']));
  });

  test('have nobody always follow the same neighbour', async () => {
    const order = await orderOf(1);

    const before = new Set([...order.matchAll(/(.)(?=b)/g)].map(([, neighbour]) => neighbour));
    expect(before).toEqual(new Set(['a', 'b', 'c']));
  });

  test('have the same order with the same seed', async () => {
    expect(await orderOf(7)).toBe(await orderOf(7));
    expect(await orderOf(7)).not.toBe(await orderOf(8));
  });

  test('keep no sample of those that warm up', async () => {
    const { samples } = await inRounds(plan(1), async (_id, isWarmUp) => isWarmUp);

    expect(samples.get('a')).toEqual(Array.from({ length: 20 }, () => false));
  });

  test('go on without whoever fails', async () => {
    const { samples, failures } = await inRounds(plan(1), async (id) => {
      if (id === 'b') throw new Error('gone');
      return id;
    });

    expect([...samples.keys()].sort()).toEqual(['a', 'c']);
    expect(failures.get('b')?.message).toBe('gone');
  });
});
