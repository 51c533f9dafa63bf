import { describe, expect, test } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  Located,
  LogStart,
  ReadQuery,
  ReadResult,
  SseConnection,
  SseHubOptions,
  TopicKey,
} from 'nestjs-sse-hub';
import { parsePosition } from '../../lib/log/position.js';
import type { ClientStream } from '../support/client-stream.js';
import { JitteryLog } from '../support/jittery-log.js';
import { seed, seededRandom } from '../support/seeded-random.js';
import { serveHub, type ServedHub } from '../support/served-hub.js';

/** A log that answers later, and counts what it is asked. */
class CountingLog extends JitteryLog {
  readonly asked = { read: 0, end: 0, locate: 0 };
  /** The most questions that were open at once. */
  most = 0;
  #open = 0;

  override read(query: ReadQuery): Promise<ReadResult> {
    return this.#count('read', super.read(query));
  }

  override end(): Promise<number> {
    return this.#count('end', super.end());
  }

  override locate(keys: Iterable<TopicKey>, start: LogStart): Promise<Located> {
    return this.#count('locate', super.locate(keys, start));
  }

  async #count<T>(what: 'read' | 'end' | 'locate', answer: Promise<T>): Promise<T> {
    this.asked[what]++;
    this.most = Math.max(this.most, ++this.#open);
    try {
      return await answer;
    } finally {
      this.#open--;
    }
  }
}

/** Whom a request is from, and what it follows: `/?topic=a&user=ann`. */
function parametersOf(request: IncomingMessage): { topics: string[]; user?: string } {
  const { searchParams } = new URL(request.url!, 'http://localhost');
  const user = searchParams.get('user');
  return { topics: searchParams.getAll('topic'), ...(user === null ? {} : { user }) };
}

/** A hub that has published so many events, and all the bytes that it writes. */
async function serve(log: CountingLog, events: number) {
  const written: unknown[] = [];
  const served = await serveHub({ log, heartbeat: false }, (hub, request, response) => {
    const write = response.write.bind(response);
    response.write = (bytes: unknown) => {
      written.push(bytes);
      return write(bytes);
    };
    const { topics, ...options } = parametersOf(request);
    return { stream: hub.stream(topics, options) };
  });
  const ids: string[] = [];
  for (let n = 0; n < events; n++) ids.push((await served.hub.publish('news', { data: n })).id);
  return { served, ids, written };
}

const numbersOf = ({ events }: ClientStream) => events.map(({ data }) => Number(data));

describe('Clients that come back at once to the same place', () => {
  const CLIENTS = 1_000;

  const comeBack = async ({ open }: ServedHub, path: string, lastEventId: string, events: number) => {
    const streams = await Promise.all(Array.from({ length: CLIENTS }, () => open(path, { lastEventId })));
    await Promise.all(streams.map((stream) => stream.until(() => stream.events.length >= events)));
    return streams;
  };

  test('get what they have missed with a handful of questions to the log', async () => {
    const log = new CountingLog();
    const { served, ids } = await serve(log, 100);
    const streams = await comeBack(served, '/?topic=news', ids[49]!, 50);
    const missed = Array.from({ length: 50 }, (_, n) => n + 50);
    expect(streams.map(numbersOf)).toEqual(streams.map(() => missed));
    expect(log.asked.read).toBeLessThan(CLIENTS / 20);
    expect(log.asked.end).toBeLessThan(CLIENTS / 2);
  });

  test('share the bytes of it', async () => {
    const log = new CountingLog();
    const { served, ids, written } = await serve(log, 100);
    await comeBack(served, '/?topic=news', ids[49]!, 50);
    const runs = written.filter((bytes) => (bytes as Buffer).includes('data:'));
    expect(runs).toHaveLength(CLIENTS);
    expect(new Set(runs).size).toBeLessThanOrEqual(log.asked.read);
  });

  test('share it as users too, where nothing was sent to them', async () => {
    const log = new CountingLog();
    const { served, ids, written } = await serve(log, 100);
    let users = 0;
    const open: ServedHub['open'] = (path, request) => served.open(`${path}&user=${users++ % 100}`, request);
    await comeBack({ ...served, open }, '/?topic=news', ids[49]!, 50);
    const runs = written.filter((bytes) => (bytes as Buffer).includes('data:'));
    expect(runs).toHaveLength(CLIENTS);
    expect(new Set(runs).size).toBeLessThan(CLIENTS / 20);
  });

  test('get the place of an id of the application with a handful of questions', async () => {
    const log = new CountingLog();
    const { served } = await serve(log, 10);
    for (let n = 10; n < 20; n++) await served.hub.publish('news', { id: `own ${n}`, data: n });
    const streams = await comeBack(served, '/?topic=news', 'own 14', 5);
    expect(streams.map(numbersOf)).toEqual(streams.map(() => [15, 16, 17, 18, 19]));
    expect(log.asked.locate).toBeLessThan(CLIENTS / 2);
  });
});

const EVENTS = 800;
const CLIENTS = 30;
const TOPICS = ['a', 'b', 'c', 'd', 'e'];
const USERS = ['ann', 'bob', 'eve'];
// Of 64 KiB that are read at once, some four make a piece.
const PAD = 'x'.repeat(15_000);

/** To whom an event was published; to everybody where it names neither topics nor a user. */
interface Published {
  readonly topics: readonly string[];
  readonly user?: string;
}

/** A client that is cut, that stops reading, and that subscribes, at random, and checks what it gets. */
class Checker {
  readonly wrong: string[] = [];
  gaps = 0;
  stream: ClientStream | undefined = undefined;
  connection: SseConnection | undefined = undefined;
  /** The last event that it has seen, or the one behind which it begins. */
  #last: number | undefined = undefined;
  #lastId: string | undefined = undefined;
  /** Up to here it has been told that something may be missing. */
  #told = -1;
  #taken = 0;
  #isConnecting = false;
  /** Topics that it has subscribed to, and how many events there were by then. */
  readonly #subscribed = new Map<string, number>();

  constructor(
    readonly name: number,
    private readonly published: readonly Published[],
    private readonly topics: readonly string[],
    private readonly user: string | undefined,
    private readonly isFiltered: boolean,
  ) {}

  get path(): string {
    const query = this.topics.map((topic) => `topic=${topic}`);
    if (this.user !== undefined) query.push(`user=${this.user}`);
    if (this.isFiltered) query.push('even');
    return `/?${query.join('&')}&client=${this.name}`;
  }

  async connect(open: ServedHub['open']): Promise<void> {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    this.leave();
    this.stream = await open(this.path, this.#lastId === undefined ? {} : { lastEventId: this.#lastId });
    this.#isConnecting = false;
  }

  leave(): void {
    this.take();
    this.stream?.leave();
    this.stream = undefined;
    this.connection = undefined;
    this.#taken = 0;
    this.#subscribed.clear();
  }

  async subscribe(topic: string): Promise<void> {
    if (this.stream === undefined || this.connection === undefined) return;
    const count = this.published.length;
    await this.connection.subscribe(topic);
    if (!this.#subscribed.has(topic)) this.#subscribed.set(topic, count);
  }

  /** Whether it has seen this event, or a later one. */
  hasSeen(number: number): boolean {
    this.take();
    return this.#last !== undefined && this.#last >= number;
  }

  /** Checks what has come since the last time. */
  take(): void {
    if (this.stream === undefined) return;
    this.#begin(this.stream);
    for (const { id, event, data } of this.stream.events.slice(this.#taken)) {
      this.#taken++;
      this.#lastId = id!;
      if (event === 'gap') this.#onGap(id!);
      else this.#onEvent(Number.parseInt(data, 10));
    }
  }

  #begin({ text }: ClientStream): void {
    const [, id] = /^id:(\S+)\n\n/m.exec(text) ?? [];
    if (this.#last !== undefined || id === undefined) return;
    this.#lastId = id;
    this.#last = parsePosition(id)!.offset - 1;
  }

  #onGap(id: string): void {
    this.gaps++;
    this.#told = this.published.length;
    this.#last = Math.max(this.#last ?? -1, parsePosition(id)!.offset - 1);
  }

  #onEvent(number: number): void {
    const last = this.#last!;
    if (number <= last) this.#note(`${number} came behind ${last}`);
    if (!this.#may(number)) this.#note(`${number} came, which is ${JSON.stringify(this.published[number])}`);
    for (let missing = Math.max(last, this.#told) + 1; missing < number; missing++)
      if (this.#must(missing)) this.#note(`${missing} is missing between ${last} and ${number}`);
    this.#last = number;
  }

  #note(what: string): void {
    this.wrong.push(`${this.path}: ${what}`);
  }

  #may(number: number): boolean {
    const { topics, user } = this.published[number]!;
    return this.#must(number) || (user === undefined && topics.some((topic) => this.#subscribed.has(topic)));
  }

  #must(number: number): boolean {
    const { topics, user } = this.published[number]!;
    if (this.isFiltered && number % 2 === 1) return false;
    if (user !== undefined) return user === this.user;
    if (topics.length === 0) return true;
    return topics.some(
      (topic) => this.topics.includes(topic) || number >= (this.#subscribed.get(topic) ?? Infinity),
    );
  }
}

const filter = ({ data }: { data?: unknown }) => Number.parseInt(data as string, 10) % 2 === 0;

/** @param waiting how long events of some topics wait */
async function runRandomly(
  random: () => number,
  concurrentReads: number,
  count: number,
  waiting: SseHubOptions['topics'] = [],
) {
  const log = new CountingLog({ retention: { count, bytes: Infinity } }, random);
  const published: Published[] = [];
  const any = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const checkers = Array.from({ length: CLIENTS }, (_, name) => {
    const topics = [...new Set([any(TOPICS), any(TOPICS)])];
    return new Checker(name, published, topics, random() < 0.6 ? any(USERS) : undefined, random() < 0.3);
  });
  const served = await serveHub(
    { log, topics: waiting, heartbeat: false, limits: { concurrentReads } },
    (hub, request) => {
      const { topics: names, ...options } = parametersOf(request);
      return { stream: hub.stream(names, request.url!.includes('even') ? { ...options, filter } : options) };
    },
  );
  const { hub, open } = served;
  hub.connections$.subscribe(({ type, connection }) => {
    const [, name] = /client=(\d+)/.exec((connection.request as IncomingMessage).url!)!;
    if (type === 'connect') checkers[Number(name)]!.connection = connection;
  });

  const publish = async () => {
    const number = published.length;
    const kind = random();
    const data = `${number} ${PAD}`;
    const to: Published =
      kind < 0.1
        ? { topics: [] }
        : kind < 0.3
          ? { topics: [], user: any(USERS) }
          : { topics: [any(TOPICS), any(TOPICS)] };
    published.push(to);
    if (to.user !== undefined) await hub.sendTo(to.user, { data });
    else if (to.topics.length === 0) await hub.broadcast({ data });
    else await hub.publish(to.topics, { data });
  };

  await Promise.all(checkers.map((checker) => checker.connect(open)));
  const appends: Promise<void>[] = [];
  while (published.length < EVENTS) {
    for (let burst = Math.floor(random() * 4); burst > 0; burst--) appends.push(publish());
    const checker = any(checkers);
    const what = random();
    if (what < 0.3) void checker.connect(open);
    else if (what < 0.5) checker.stream?.pause();
    else if (what < 0.8) checker.stream?.resume();
    else void checker.subscribe(any(TOPICS));
    checker.take();
    await nextTurn();
  }
  await Promise.all(appends);
  // Everybody gets the last one, also with a filter.
  if (published.length % 2 === 1) await publish();
  const last = published.length;
  published.push({ topics: [] });
  await hub.broadcast({ data: `${last}` });
  for (const checker of checkers) checker.stream?.resume();
  while (!checkers.every((checker) => checker.wrong.length > 0 || checker.hasSeen(last))) await nextTurn();
  return {
    wrong: checkers.flatMap(({ wrong }) => wrong),
    gaps: checkers.reduce((sum, { gaps }) => sum + gaps, 0),
    log,
  };
}

describe(`Streams of topics, users and filters that share what they read (SEED=${seed})`, () => {
  test('get each of their events once and in order, whatever happens meanwhile', async () => {
    const { wrong, gaps } = await runRandomly(seededRandom(seed), 32, 10_000);
    expect(wrong).toEqual([]);
    expect(gaps).toBe(0);
  }, 60_000);

  test('get each of their events once and in order, or are told of a gap, where retention evicts meanwhile', async () => {
    const { wrong, gaps } = await runRandomly(seededRandom(seed + 1), 32, 20);
    expect(wrong).toEqual([]);
    expect(gaps).toBeGreaterThan(0);
  }, 60_000);

  test('get each of their events once and in order where most of them have to wait for the log', async () => {
    const { wrong, log } = await runRandomly(seededRandom(seed + 2), 2, 10_000);
    expect(wrong).toEqual([]);
    expect(log.most).toBe(2);
  }, 60_000);

  test('get each of their events once and in order where some of the topics wait for more', async () => {
    const topics = TOPICS.map((topic, index) => ({ topic, flushInterval: index * 3 }));
    const { wrong, gaps } = await runRandomly(seededRandom(seed + 3), 32, 10_000, topics);
    expect(wrong).toEqual([]);
    expect(gaps).toBe(0);
  }, 60_000);
});
