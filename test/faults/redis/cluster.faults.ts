import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { seed } from '../../support/seeded-random.js';
import { RedisCluster } from './redis-cluster.js';
import { isFull, Trial } from './trial.js';

const SIZE = isFull ? { clients: 150, events: 6_000, seconds: 40 } : { clients: 40, events: 600, seconds: 6 };

const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const HUB = '{sse}:meta';
const CLIENTS = ['url', 'node-redis-cluster', 'ioredis-cluster'];

// What does not depend on how the servers were found is tried with each way at the whole size only.
const ONE_OR_ALL = isFull ? CLIENTS : ['url'];

async function begin(client: string): Promise<{ cluster: RedisCluster; trial: Trial }> {
  const cluster = await RedisCluster.start();
  endings.push(() => cluster.end());
  const environment = { REDIS: JSON.stringify(cluster.urls), CLIENT: client };
  const nodes = [environment, environment, environment];
  const trial = await Trial.begin({ clients: SIZE.clients, topics: 20, nodes });
  endings.push(() => trial.end());
  return { cluster, trial };
}

describe(`A Redis Cluster, reached by nodes in whatever way (SEED=${seed})`, () => {
  test.each(CLIENTS)('has nodes go on when the slot of the hub loses its primary (%s)', async (client) => {
    const { cluster, trial } = await begin(client);
    const published = trial.publishing.publish(SIZE.events, SIZE.seconds);
    await delay((0.1 + trial.random() * 0.3) * SIZE.seconds * 1_000);
    const primary = await cluster.ownerOf(HUB);
    trial.note('primaries killed');
    await primary.kill('SIGKILL');
    await published;
    await trial.untilAllHaveSeen();
    const { wrong } = await trial.judge(`Cluster, ${client}`);
    expect(wrong).toEqual([]);
  });

  test.each(ONE_OR_ALL)(
    'has nodes go on when the primary stands still and is replaced (%s)',
    async (client) => {
      const { cluster, trial } = await begin(client);
      const published = trial.publishing.publish(SIZE.events, SIZE.seconds);
      await delay((0.1 + trial.random() * 0.3) * SIZE.seconds * 1_000);
      const primary = await cluster.ownerOf(HUB);
      trial.note('primaries stopped');
      primary.pause();
      await published;
      await trial.untilAllHaveSeen();
      const { wrong } = await trial.judge(`Cluster that stands still, ${client}`);
      expect(wrong).toEqual([]);
    },
  );

  test.each(ONE_OR_ALL)('loses, doubles and mixes nothing when the slot is moved (%s)', async (client) => {
    const { cluster, trial } = await begin(client);
    const published = trial.publishing.publish(SIZE.events, SIZE.seconds);
    for (let time = 0; time < (isFull ? 6 : 2); time++) {
      await delay((SIZE.seconds * 1_000) / 4);
      trial.note('times the slot has moved');
      await cluster.moveSlot(HUB, () => delay(trial.random() * 20));
    }
    await published;
    await trial.untilAllHaveSeen();
    const { wrong, gaps, told } = await trial.judge(`Cluster whose slot moves, ${client}`);
    expect(wrong).toEqual([]);
    expect(told).toBe(0);
    expect(gaps).toEqual({});
  });
});
