import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatPosition } from '../../lib/log/position.js';
import { compileServer, type CompiledServer, type StartedServer } from '../support/compiled-server.js';
import { NumbersClient, type Answer } from './numbers-client.js';

const STEADY = 200;
const WANTED = 5_000;
// Of the tens, the older ones are not retained.
const PUBLISHED_BEFORE = 50_000;
/** Questions that the log is asked at once. */
const AT_ONCE = 4;
// Node raises its own limit of open files to what the system allows; each client takes one, here and in the server.
const openFiles = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim());
const CROWD = openFiles < WANTED + STEADY + 300 ? openFiles - STEADY - 300 : WANTED;
const ROOM = STEADY + Math.min(1_000, Math.floor(CROWD / 2));
const size = CROWD === WANTED ? `${CROWD}` : `${CROWD} (${openFiles} open files do not allow ${WANTED})`;

/** What became of everybody. */
interface Outcome {
  /** What no client should have seen. */
  readonly wrong: readonly string[];
  /** Those who were there, and what they were told of as missing. */
  readonly steady: readonly NumbersClient[];
  /** How many of those had their stream ended. */
  readonly ended: number;
  readonly crowd: readonly NumbersClient[];
  readonly answers: readonly Answer[];
  /** What the log was asked meanwhile, and how much of it at once. */
  readonly asked: {
    readonly read: number;
    readonly locate: number;
    readonly end: number;
    readonly atOnce: number;
  };
}

let server: CompiledServer;
let folder: string;
const clients: NumbersClient[] = [];

beforeAll(() => {
  server = compileServer('test/faults/numbers-server.ts');
  folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-stampede-'));
});

afterAll(async () => {
  for (const client of clients) client.leave();
  await server.remove();
  rmSync(folder, { recursive: true });
});

/**
 * A server is killed that serves everybody, and started again. 200 clients are there again and follow the numbers,
 * which are published all the time, when all others come back at once.
 */
async function stampede(connections: number): Promise<Outcome> {
  const wrong: string[] = [];
  const another = (topic: string, step: number) => new NumbersClient(topic, step, (what) => wrong.push(what));
  const steady = Array.from({ length: STEADY }, () => another('all', 1));
  const crowd = Array.from({ length: CROWD }, () => another('tens', 10));
  clients.push(...steady, ...crowd);

  const port = await serveAndDie([...steady, ...crowd]);
  forgetALot(crowd);
  await start(connections, port);
  await connectAll(steady, port);
  let ended = 0;
  for (const client of steady) void client.ended.then(() => ended++);

  const answers = await connectAll(crowd, port);
  const latest = Math.max(...steady.map(({ lastNumber }) => lastNumber));
  const admitted = crowd.filter((_, n) => answers[n] === 'stream');
  await Promise.all([...steady, ...admitted].map((client) => client.until(latest + 100)));
  const asked = (await (await fetch(`http://127.0.0.1:${port}/asked`)).json()) as Outcome['asked'];
  return { wrong, steady, ended, crowd, answers, asked };
}

/** Answers with the port, which is free again. */
async function serveAndDie(everybody: readonly NumbersClient[]): Promise<number> {
  writeFileSync(join(folder, 'count'), String(PUBLISHED_BEFORE));
  const first = await start(Infinity);
  await connectAll(everybody, first.port);
  await first.stop('SIGKILL');
  await Promise.all(everybody.map(({ ended }) => ended));
  return first.port;
}

function start(connections: number, port?: number): Promise<StartedServer> {
  const environment = {
    COUNT: join(folder, 'count'),
    CONNECTIONS: String(connections),
    READS: String(AT_ONCE),
  };
  return server.start(environment, port);
}

/** Resolves with how each was answered. */
function connectAll(some: readonly NumbersClient[], port: number): Promise<Answer[]> {
  for (const client of some) client.connect(port);
  return Promise.all(some.map(({ answered }) => answered));
}

/** Some have been away for longer than retention lasts, some come from another log. */
function forgetALot(crowd: readonly NumbersClient[]): void {
  for (const [n, client] of crowd.entries()) {
    if (n % 50 === 0) client.lastId = formatPosition('numbers1', 10);
    if (n % 50 === 1) client.lastId = formatPosition('numbers0', 50_000);
  }
}

describe(`When ${size} clients come back at once after a restart, and all are let in`, () => {
  let outcome: Outcome;

  beforeAll(async () => {
    outcome = await stampede(Infinity);
  }, 120_000);

  test(`the ${STEADY} who are there get every event once and in order`, () => {
    expect(outcome.wrong).toEqual([]);
    expect(outcome.steady.flatMap(({ gaps }) => gaps)).toEqual([]);
  });

  test('none of those is closed', () => {
    expect(outcome.ended).toBe(0);
  });

  test('each that has come gets a stream', () => {
    expect(outcome.crowd.map(({ status }) => status)).toEqual(outcome.crowd.map(() => 200));
    expect(count(outcome.answers)).toEqual({ stream: CROWD });
  });

  test('those who have missed something that is gone are told so, and nobody else', () => {
    const expected = outcome.crowd.map((_, n) => (n % 50 === 0 ? 'evicted' : n % 50 === 1 ? 'epoch' : ''));
    expect(outcome.crowd.map(({ gaps }) => gaps[0] ?? '')).toEqual(expected);
  });

  test('the log is read for all of them together', () => {
    // One by one, each would read what it has missed, and then what has come meanwhile.
    const { read, locate, end } = outcome.asked;
    expect(read + locate).toBeLessThan(CROWD / 2);
    expect(end).toBeLessThan(CROWD / 2);
  });

  test('the log is asked no more at once than it may be', () => {
    expect(outcome.asked.atOnce).toBeLessThanOrEqual(AT_ONCE);
  });
});

describe(`When ${size} clients come back at once after a restart, and there is room for ${ROOM} streams`, () => {
  let outcome: Outcome;

  beforeAll(async () => {
    outcome = await stampede(ROOM);
  }, 120_000);

  test(`the ${STEADY} who are there get every event once and in order`, () => {
    expect(outcome.wrong).toEqual([]);
    expect(outcome.steady.flatMap(({ gaps }) => gaps)).toEqual([]);
  });

  test('none of those is closed for one that comes', () => {
    expect(outcome.ended).toBe(0);
  });

  test('as many get a stream as there is room for, and all others an answer that ends', () => {
    expect(outcome.crowd.map(({ status }) => status)).toEqual(outcome.crowd.map(() => 200));
    expect(count(outcome.answers)).toEqual({ stream: ROOM - STEADY, refused: CROWD + STEADY - ROOM });
  });

  test('the others are told to come back, each at a time of its own', () => {
    const refused = outcome.crowd.filter((_, n) => outcome.answers[n] === 'refused');
    const retries = refused.map(({ retry }) => retry!);
    expect(Math.min(...retries)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...retries)).toBeLessThanOrEqual(40_000);
    // Of so many out of 20,000, hardly more than a tenth meet.
    expect(new Set(retries).size).toBeGreaterThan(refused.length / 2);
  });
});

function count(answers: readonly Answer[]): Partial<Record<Answer, number>> {
  const counts: Partial<Record<Answer, number>> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}
