import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { seed } from '../../support/seeded-random.js';
import { TcpProxy } from '../tcp-proxy.js';
import { startReplicas, type Replicas } from './replicas.js';
import { isFull, Trial } from './trial.js';

const SIZE = isFull
  ? { clients: 300, events: 4_000, seconds: 30, times: 6 }
  : { clients: 60, events: 600, seconds: 6, times: 3 };

// Events that the replica has not heard of.
const LOST = 40;

const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function begin(turn: number): Promise<{ replicas: Replicas; ways: readonly TcpProxy[]; trial: Trial }> {
  const replicas = await startReplicas();
  endings.push(() => replicas.end());
  const ways = await Promise.all(Array.from({ length: 3 }, () => TcpProxy.start(replicas.primary.port)));
  endings.push(async () => void (await Promise.all(ways.map((way) => way.close()))));
  const nodes = ways.map(({ port }) => ({ REDIS: JSON.stringify([`redis://127.0.0.1:${port}`]) }));
  const trial = await Trial.begin({ clients: SIZE.clients, topics: 20, nodes, turn });
  endings.push(() => trial.end());
  return { replicas, ways, trial };
}

/** The primary goes with what the replica has not heard of, and the nodes find the replica in its place. */
async function failOver({ primary, replica, between }: Replicas, ways: readonly TcpProxy[], trial: Trial) {
  const { publishing } = trial;
  between.hold();
  // Of some the clients of one node have not heard either.
  await untilPublished(trial, LOST / 2);
  ways[0]!.hold();
  await untilPublished(trial, LOST / 2);
  trial.note(`failovers behind event ${publishing.acknowledged}`);
  await primary.kill('SIGKILL');
  between.drop();
  await delay(trial.random() * 500);
  await replica.command('REPLICAOF', 'NO', 'ONE');
  for (const way of ways) way.leadTo(replica.port);
  for (const way of ways) way.drop();
}

async function untilPublished({ publishing }: Trial, more: number): Promise<void> {
  const until = publishing.acknowledged + more;
  while (publishing.acknowledged < until) await delay(5);
}

describe(`A primary that fails over to a replica that lags (SEED=${seed})`, () => {
  test.each(Array.from({ length: SIZE.times }, (_, time) => time + 1))(
    'leaves nobody untold who has lost something, nobody hanging, and nothing of the new epoch missing (%i)',
    async (turn) => {
      const { replicas, ways, trial } = await begin(turn);
      const published = trial.publishing.publish(SIZE.events, SIZE.seconds);
      await delay((0.2 + trial.random() * 0.3) * SIZE.seconds * 1_000);
      await failOver(replicas, ways, trial);
      await published;
      await trial.untilAllHaveSeen();
      const { wrong, gaps, told } = await trial.judge('Failover');
      expect(wrong).toEqual([]);
      expect(told).toBeGreaterThan(0);
      expect(gaps).toEqual({ epoch: SIZE.clients });
    },
  );
});
