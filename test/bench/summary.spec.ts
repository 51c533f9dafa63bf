import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';
import { madeUpResult } from './made-up-result.js';

const { reaches, summarise, verdictOf } = (await import(join(ROOT, 'bench/summary.mjs'))) as {
  reaches: (interval: { low: number; high: number }, goal: number, better: 'lower' | 'higher') => boolean;
  verdictOf: (
    ratio: { low: number; high: number; goal: number; met?: boolean },
    measure: { better: 'lower' | 'higher' },
  ) => string;
  summarise: (
    scenario: object,
    samples: Map<string, { values: Record<string, number | undefined> }[]>,
  ) => { rounds: number; results: { values: object }[]; ratios: Record<string, unknown>[] };
};
const { toGoals, toTable } = (await import(join(ROOT, 'bench/table.mjs'))) as {
  toGoals: (scenarios: readonly object[]) => string;
  toTable: (scenario: object) => string;
};
const { comparisons } = (await import(join(ROOT, 'bench/comparisons.mjs'))) as {
  comparisons: Record<string, { of: string; to: string; goal?: number }[]>;
};
const { contenders } = (await import(join(ROOT, 'bench/contenders.mjs'))) as {
  contenders: Map<string, { id: string; kind: string; file: string; options: { http2?: boolean } }>;
};
const { toResults } = (await import(join(ROOT, 'bench/results.mjs'))) as {
  toResults: (bench: object, begin: { measuredAt: Date }) => { contenders: object[] };
};
const { deliveriesBetween, isComplete } = (await import(join(ROOT, 'bench/deliveries.mjs'))) as {
  deliveriesBetween: (before: Map<string, Tally>, after: Map<string, Tally>) => Map<string, Tally>;
  isComplete: (deliveries: Tally) => boolean;
};

interface Tally {
  due: number;
  delivered: number;
  missing: number;
  doubled: number;
}

const rounds = (...values: (number | undefined)[]) => values.map((heap) => ({ values: { heap } }));
const memory = { id: 'idle-memory', measures: [{ id: 'heap', unit: 'KiB', better: 'lower' }] };

describe('a goal', () => {
  test('that may be used up is reached when the interval goes down to it', () => {
    expect(reaches({ low: 1.05, high: 1.2 }, 1.1, 'lower')).toBe(true);
    expect(reaches({ low: 1.11, high: 1.2 }, 1.1, 'lower')).toBe(false);
  });

  test('that has to be reached is when the interval goes up to it', () => {
    expect(reaches({ low: 0.5, high: 0.61 }, 0.6, 'higher')).toBe(true);
    expect(reaches({ low: 0.5, high: 0.59 }, 0.6, 'higher')).toBe(false);
  });
});

describe('the verdict on a goal', () => {
  test.each([
    ['lower', 1.05, 1.1, 'met'],
    ['lower', 1.05, 1.11, 'by-interval'],
    ['lower', 1.11, 1.2, 'missed'],
    ['higher', 1.1, 1.2, 'met'],
    ['higher', 1.05, 1.2, 'by-interval'],
    ['higher', 1.05, 1.09, 'missed'],
  ] as const)('of 1.1 where %s is better, for %f to %f, is %s', (better, low, high, verdict) => {
    const met = reaches({ low, high }, 1.1, better);

    expect(verdictOf({ low, high, goal: 1.1, met }, { better })).toBe(verdict);
  });

  test.each([
    [14, 'not-judged'],
    [15, 'met'],
  ])('after %i rounds is %s', (count, verdict) => {
    const samples = new Map([
      ['hub-express', rounds(...Array<number>(count).fill(10))],
      ['nest-res-express', rounds(...Array<number>(count).fill(8))],
    ]);

    const [ratio] = summarise(memory, samples).ratios;

    expect(verdictOf(ratio as never, { better: 'lower' })).toBe(verdict);
  });
});

describe('the summary of a scenario', () => {
  test('compares what was measured in the same round', () => {
    const samples = new Map([
      ['hub-express', rounds(10, 110, 12)],
      ['nest-res-express', rounds(8, 108, 10)],
    ]);

    const { ratios } = summarise(memory, samples);

    expect(ratios).toEqual([
      {
        measure: 'heap',
        of: 'hub-express',
        to: 'nest-res-express',
        median: 2,
        low: 2,
        high: 2,
        isDifference: true,
        unit: 'KiB',
        goal: 3,
      },
    ]);
  });

  test('says how many rounds there were', () => {
    const samples = new Map([
      ['hub-express', rounds(10, 110, 12)],
      ['nest-express', rounds(8, 108, 10)],
    ]);

    expect(summarise(memory, samples).rounds).toBe(3);
  });

  test('says nothing of what somebody does not have', () => {
    const { results, ratios } = summarise(
      memory,
      new Map([
        ['hub-express', rounds(10, 10, 10)],
        ['nest-res-express', rounds(undefined, undefined, undefined)],
      ]),
    );

    expect(results[1]!.values).toEqual({});
    expect(ratios).toEqual([]);
  });
});

describe('the table', () => {
  test('says by how many rounds a goal is judged, or that it is not', () => {
    const { scenarios } = madeUpResult(1);
    scenarios.splice(1);
    const [{ ratios }] = scenarios as [(typeof scenarios)[0]];

    expect(toGoals(scenarios)).toMatch(/goal <= 1\.1: met\n.*goal <= 1\.1: NOT MET$/);

    for (const ratio of ratios) delete ratio.met;
    scenarios[0]!.rounds = 7;
    expect(toGoals(scenarios)).toMatch(/(goal <= 1\.1: not judged: 7 rounds(\n.*)?){2}$/);
  });

  test('marks where throughput and latency are those of the load client', () => {
    const { title, text, measures, ratios, results } = madeUpResult(1).scenarios[0]!;
    const of = (loadCpu: number) =>
      toTable({ title, text, measures, ratios, results: [{ ...results[0]!, loadCpu }], rounds: 15 });

    expect(of(0.6)).not.toContain('(!)');
    expect(of(0.61)).toMatch(/61% \(!\) .*\n\(!\) throughput and latency are the client's/);
  });
});

describe('what is compared', () => {
  const all = Object.entries(comparisons);
  const http1 = all.filter(([id]) => !/^(h2-|replay|publish|encode|parse-)/.test(id));
  const http2 = all.filter(([id]) => id.startsWith('h2-'));
  const parsing = all.filter(([id]) => id.startsWith('parse-'));
  const peers = [...contenders.values()].filter(({ kind }) => kind === 'peer');
  const parsers = peers.filter(({ file }) => file === 'parse').map(({ id }) => id);
  const namesOf = (ofHttp2: boolean) =>
    peers
      .filter(({ file, options }) => file !== 'parse' && (options.http2 ?? false) === ofHttp2)
      .map(({ id }) => id);

  test.each([
    ...http1.map(([id, pairs]) => [id, pairs, namesOf(false)] as const),
    ...http2.map(([id, pairs]) => [id, pairs, namesOf(true)] as const),
    ...parsing.map(([id, pairs]) => [id, pairs, parsers] as const),
  ])('has every peer in %s', (_, pairs, names) => {
    const compared = pairs.filter(({ of }) => of.startsWith('hub')).map(({ to }) => to);

    expect(compared).toEqual(expect.arrayContaining(names));
  });

  test('are contenders that there are', () => {
    const names = all.flatMap(([, pairs]) => pairs.flatMap(({ of, to }) => [of, to]));

    expect(names.filter((name) => !contenders.has(name))).toEqual([]);
  });
});

describe('the results', () => {
  test('describe everybody who was measured or left out', () => {
    const scenarios = [{ results: [{ contender: 'hub-express' }] }];
    const leftOut = [{ contender: 'hub-publish', why: 'failed' }];

    const results = toResults({ isQuick: true, seed: 1, scenarios, leftOut }, { measuredAt: new Date() });

    expect(results.contenders).toEqual([
      { id: 'hub-express', title: 'nestjs-sse-hub on Express', kind: 'hub' },
      { id: 'hub-publish', title: 'hub.publish', kind: 'hub' },
    ]);
  });
});

describe('deliveries', () => {
  const before = { due: 10, delivered: 10, missing: 0, doubled: 0 };
  const between = (after: Tally) =>
    deliveriesBetween(new Map([['a', before]]), new Map([['a', after]])).get('a')!;

  test('are complete when everything that was due has come once', () => {
    expect(isComplete(between({ due: 30, delivered: 30, missing: 0, doubled: 0 }))).toBe(true);
    expect(isComplete(between({ due: 30, delivered: 30, missing: 0, doubled: 1 }))).toBe(false);
  });

  test('that have never come are missing like those that were passed over', () => {
    expect(between({ due: 30, delivered: 28, missing: 0, doubled: 0 })).toMatchObject({
      due: 20,
      missing: 2,
    });
    expect(between({ due: 30, delivered: 27, missing: 3, doubled: 0 })).toMatchObject({ missing: 3 });
  });
});
