import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';

interface Arguments {
  isQuick: boolean;
  only: Set<string>;
  rounds: number | undefined;
  out: string | undefined;
}

const { readArguments } = (await import(join(ROOT, 'bench/arguments.mjs'))) as {
  readArguments: (args: readonly string[]) => Arguments;
};
const { comparisons } = (await import(join(ROOT, 'bench/comparisons.mjs'))) as {
  comparisons: Record<string, { of: string; to: string }[]>;
};
const { contenders } = (await import(join(ROOT, 'bench/contenders.mjs'))) as {
  contenders: Map<string, unknown>;
};

describe('npm run bench --', () => {
  test('runs every scenario that is compared', () => {
    expect([...readArguments([]).only].sort()).toEqual(Object.keys(comparisons).sort());
  });

  test('--quick leaves out what takes long', () => {
    const { only } = readArguments(['--quick']);

    expect(only.has('single-1000')).toBe(true);
    expect(only.has('burst-5000')).toBe(false);
  });

  test('--only runs what it names, however long that takes', () => {
    const { only, isQuick } = readArguments(['--quick', '--only', 'burst-5000,replay']);

    expect([...only]).toEqual(['burst-5000', 'replay']);
    expect(isQuick).toBe(true);
  });

  test('--only says which scenarios there are', () => {
    expect(() => readArguments(['--only', 'burst'])).toThrow(/no scenario burst; there are single-1000, /);
  });

  test('--rounds takes a positive integer', () => {
    expect(readArguments(['--rounds', '3']).rounds).toBe(3);
    expect(() => readArguments(['--rounds', 'many'])).toThrow(
      '--rounds must be a positive integer, but is many',
    );
  });

  test('--rounds takes no more than the statistics can', () => {
    expect(readArguments(['--rounds', '500']).rounds).toBe(500);
    expect(() => readArguments(['--rounds', '501'])).toThrow('--rounds must not be above 500, but is 501');
  });
});

test('whoever is compared is one of the contenders', () => {
  const compared = Object.values(comparisons).flatMap((pairs) => pairs.flatMap(({ of, to }) => [of, to]));

  expect(compared.filter((id) => !contenders.has(id))).toEqual([]);
});
