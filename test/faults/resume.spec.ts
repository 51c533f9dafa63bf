import { afterEach, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { memoryLog, SseHub, type EventLog, type MemoryLog } from 'nestjs-sse-hub';
import { JitteryLog } from '../support/jittery-log.js';
import { seed, seededRandom } from '../support/seeded-random.js';
import { Ledger } from './ledger.js';
import { ResumingClient } from './resuming-client.js';

const RETENTION = { count: 5_000, age: Infinity, bytes: Infinity };
const TOPICS = 50;
const CLIENTS = 60;
const EVENTS_PER_RECONNECT = 10;

interface Run {
  readonly events: number;
  readonly log: EventLog;
}

interface Outcome {
  readonly published: number;
  readonly reconnects: number;
  /** What no client should have seen, the first of it. */
  readonly wrong: readonly string[];
}

const closings: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});

describe(`Clients that are cut at random places (SEED=${seed})`, () => {
  test('get each of 100,000 events once and in order over 10,000 reconnects', async () => {
    const { published, reconnects, wrong } = await run({
      events: 100_000,
      log: memoryLog({ retention: RETENTION, totalBytes: Infinity }),
    });
    expect(wrong).toEqual([]);
    expect(published).toBe(100_000);
    expect(reconnects).toBeGreaterThanOrEqual(10_000);
  }, 120_000);

  test('get each event once and in order from a log that answers later', async () => {
    const { wrong, reconnects } = await run({
      events: 20_000,
      log: new JitteryLog({ retention: RETENTION, totalBytes: Infinity }, seededRandom(seed + 1)),
    });
    expect(wrong).toEqual([]);
    expect(reconnects).toBeGreaterThanOrEqual(2_000);
  }, 120_000);

  test('would notice if one in a hundred events were lost in a replay', async () => {
    const { wrong } = await run({ events: 20_000, log: losingSome(memoryLog({ retention: RETENTION })) });
    expect(wrong).not.toEqual([]);
  });
});

/** Leaves every hundredth record out of its answers. */
function losingSome(log: MemoryLog): EventLog {
  const read = log.read.bind(log);
  let records = 0;
  log.read = (query) => {
    const result = read(query);
    return { ...result, records: result.records.filter(() => ++records % 100 !== 0) };
  };
  return log;
}

/** Publishes at the pace of the reconnects, until all is published and every client has seen its share. */
async function run({ events, log }: Run): Promise<Outcome> {
  const random = seededRandom(seed);
  const { hub, port } = await serve(log);
  const ledger = new Ledger(hub, TOPICS, random);
  const wrong: string[] = [];
  let left = 0;
  const join = () => {
    const client = new ResumingClient(port, someTopics(random), ledger, random, (what) => wrong.push(what));
    client.connect();
    return client;
  };
  const clients = Array.from({ length: CLIENTS }, join);
  closings.push(async () => clients.forEach((client) => client.leave()));
  const reconnects = () => clients.reduce((sum, { connections }) => sum + connections - 1, left);
  const any = () => Math.floor(random() * CLIENTS);

  while (ledger.published < events && wrong.length === 0) {
    const due = Math.min(events, EVENTS_PER_RECONNECT * (reconnects() + 1)) - ledger.published;
    if (due > 0) await Promise.all(Array.from({ length: Math.min(due, 40) }, () => ledger.publish()));
    else clients[any()]!.cut();
    if (random() < 0.002) {
      const client = any();
      left += clients[client]!.connections - 1;
      clients[client]!.leave();
      clients[client] = join();
    }
    await nextTurn();
  }
  while (wrong.length === 0 && !clients.every(({ isDone }) => isDone)) await nextTurn();
  while (wrong.length === 0 && reconnects() < events / EVENTS_PER_RECONNECT) {
    clients[any()]!.cut();
    await nextTurn();
  }
  return { published: ledger.published, reconnects: reconnects(), wrong: wrong.slice(0, 10) };
}

async function serve(log: EventLog): Promise<{ hub: SseHub; port: number }> {
  const hub = new SseHub({ log, heartbeat: false, retry: false, drainWindow: 0 });
  const server = createServer((request, response) => {
    const topics = new URL(request.url!, 'http://localhost').searchParams.get('topics')!;
    hub.open(request, response, { stream: hub.stream(topics.split(',')) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closings.push(async () => {
    await hub.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { hub, port: (server.address() as AddressInfo).port };
}

/** One topic up to a fifth of them. */
function someTopics(random: () => number): number[] {
  const topics = new Set<number>();
  const count = 1 + Math.floor((random() * TOPICS) / 5);
  while (topics.size < count) topics.add(Math.floor(random() * TOPICS));
  return [...topics];
}
