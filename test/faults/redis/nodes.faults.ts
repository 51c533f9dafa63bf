import { afterEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { startRedis, type RedisServer } from '../../support/redis-server.js';
import { seed } from '../../support/seeded-random.js';
import { TcpProxy } from '../tcp-proxy.js';
import { isFull, Trial } from './trial.js';

const SIZE = isFull
  ? { clients: 300, events: 20_000, seconds: 180, rounds: 12 }
  : { clients: 60, events: 3_000, seconds: 30, rounds: 2 };

const endings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** @returns besides, the proxies by which the nodes reach Redis, for each its own */
async function begin(
  ...configuration: string[]
): Promise<{ redis: RedisServer; trial: Trial; ways: readonly TcpProxy[] }> {
  const redis = await startRedis(...configuration);
  endings.push(() => redis.stop());
  const ways = await Promise.all(Array.from({ length: 3 }, () => TcpProxy.start(redis.port)));
  endings.push(async () => void (await Promise.all(ways.map((way) => way.close()))));
  const trial = await Trial.begin({
    clients: SIZE.clients,
    topics: 20,
    nodes: ways.map(({ port }) => ({ REDIS: JSON.stringify([`redis://127.0.0.1:${port}`]) })),
  });
  endings.push(() => trial.end());
  return { redis, trial, ways };
}

async function restart(redis: RedisServer, trial: Trial, signal: NodeJS.Signals): Promise<void> {
  trial.note(`restarts of Redis by ${signal}`);
  await redis.kill(signal);
  await delay(trial.random() * 1_500);
  await redis.restart();
}

/** Has Redis forget what the clients of one node have not seen. */
async function forgetTheUnseen(redis: RedisServer, way: TcpProxy, trial: Trial): Promise<void> {
  trial.note('nodes kept from Redis');
  way.hold();
  const until = trial.publishing.acknowledged + 50;
  while (trial.publishing.acknowledged < until) await delay(10);
  await restart(redis, trial, 'SIGKILL');
  way.drop();
}

/** Has Redis cut connections of this kind by itself. */
async function dropConnections(redis: RedisServer, trial: Trial, kind: 'normal' | 'pubsub'): Promise<void> {
  trial.note(`times Redis has dropped its ${kind} connections`);
  await redis.command('CLIENT', 'KILL', 'TYPE', kind);
}

/** Something after the other, each at a random time within its share of the whole. */
async function inTurn(trial: Trial, deeds: readonly (() => Promise<void> | void)[]): Promise<void> {
  const share = (SIZE.seconds * 1_000) / deeds.length;
  for (const deed of deeds) {
    const end = performance.now() + share;
    await delay(trial.random() * share * 0.5);
    await deed();
    await delay(Math.max(0, end - performance.now()));
  }
}

function rounds(...deeds: (() => Promise<void> | void)[]): (() => Promise<void> | void)[] {
  return Array.from({ length: SIZE.rounds }, () => deeds).flat();
}

function harass(trial: Trial): Promise<unknown> {
  const any = () => Math.floor(trial.random() * trial.nodes.length);
  return Promise.all([
    trial.publishing.publish(SIZE.events, SIZE.seconds),
    inTurn(
      trial,
      rounds(
        () => trial.killNode(any()),
        () => trial.pauseNode(any()),
      ),
    ),
    inTurn(trial, rounds(...Array.from({ length: 5 }, () => () => trial.cutSome(0.3)))),
  ]);
}

describe(`Three nodes that share a Redis (SEED=${seed})`, () => {
  test('bring every client every event once and in order, whatever is killed, restarted, paused or cut', async () => {
    const { redis, trial } = await begin('--appendfsync', 'always');
    const harm = rounds(
      () => restart(redis, trial, 'SIGTERM'),
      () => dropConnections(redis, trial, 'pubsub'),
      () => restart(redis, trial, 'SIGKILL'),
      () => dropConnections(redis, trial, 'normal'),
    );
    await Promise.all([harass(trial), inTurn(trial, harm)]);
    await trial.untilAllHaveSeen();
    const { wrong, gaps, told } = await trial.judge('Nothing is lost');
    expect(wrong).toEqual([]);
    expect(told).toBe(0);
    expect(gaps).toEqual({});
  });

  test('tell whoever has lost something when Redis forgets everything', async () => {
    const { redis, trial, ways } = await begin('--appendonly', 'no');
    const harm = rounds(...ways.map((way) => () => forgetTheUnseen(redis, way, trial)));
    await Promise.all([trial.publishing.publish(SIZE.events, SIZE.seconds), inTurn(trial, harm)]);
    await trial.untilAllHaveSeen();
    const { wrong, gaps, told } = await trial.judge('Redis forgets everything');
    expect(wrong).toEqual([]);
    expect(told).toBeGreaterThan(0);
    expect(Object.keys(gaps)).toEqual(['epoch']);
  });
});
