import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { startRedis } from '../../support/redis-server.js';
import { seed } from '../../support/seeded-random.js';
import { Trial } from './trial.js';

/** Minutes that it takes. */
const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 30);

const CLIENTS = 200;
const EVENTS_PER_MINUTE = 3_000;

// By how much the last third may be above the second: what the collector leaves varies.
const LEEWAY = 1.15;

const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Bytes that are in use on the heap of each node when it has been collected, and besides. */
async function memoryOf(trial: Trial): Promise<number[]> {
  const answers = trial.nodes.map(async ({ port }) => {
    const memory = (await (await fetch(`http://127.0.0.1:${port}/memory`)).json()) as NodeJS.MemoryUsage;
    return memory.heapUsed + memory.external;
  });
  return Promise.all(answers);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe(`${MINUTES} minutes of clients that come and go (SEED=${seed})`, () => {
  test('leave the memory of the nodes as it is', async () => {
    const redis = await startRedis();
    endings.push(() => redis.stop());
    const environment = {
      REDIS: JSON.stringify([redis.url]),
      RETENTION_COUNT: '100',
      NODE_OPTIONS: '--expose-gc',
    };
    const trial = await Trial.begin({
      clients: CLIENTS,
      topics: 20,
      nodes: [environment, environment, environment],
    });
    endings.push(() => trial.end());
    const measured: number[][] = [];
    for (let minute = 1; minute <= MINUTES; minute++) {
      const published = trial.publishing.publish(EVENTS_PER_MINUTE, 60);
      const end = performance.now() + 60_000;
      while (performance.now() < end) {
        trial.cutSome(0.1);
        await delay(500);
      }
      await published;
      measured.push(await memoryOf(trial));
      const megabytes = measured.at(-1)!.map((bytes) => (bytes / 2 ** 20).toFixed(1));
      process.stdout.write(
        `minute ${minute}: ${megabytes.join(' MiB, ')} MiB, ${trial.publishing.acknowledged} events\n`,
      );
    }
    const third = Math.max(1, Math.floor(MINUTES / 3));
    const growth = trial.nodes.map((_, node) => {
      const of = (minutes: readonly number[][]) => mean(minutes.map((nodes) => nodes[node]!));
      return of(measured.slice(-third)) / of(measured.slice(-2 * third, -third));
    });
    const isFlat = growth.every((times) => times < LEEWAY);
    process.stdout.write(
      `the last third is ${growth.map((times) => times.toFixed(2)).join(', ')} times the one before: ${isFlat ? 'flat' : 'NOT flat'}\n`,
    );
    expect(isFlat).toBe(true);
  });
});
