import { afterEach, expect, jest, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { memoryLog, type TopicKey } from 'nestjs-sse-hub';
import type { Chunk } from '../../lib/connection/chunk.js';
import type { Connection } from '../../lib/connection/connection.js';
import { Turn } from '../../lib/connection/turn.js';
import { FanOut } from '../../lib/hub/fan-out.js';
import { Follower } from '../../lib/hub/follower.js';
import { Counters } from '../../lib/hub/hub-stats.js';
import { HubStream } from '../../lib/hub/hub-stream.js';
import { LogReader } from '../../lib/hub/log-reader.js';
import { Names } from '../../lib/hub/names.js';
import { resolveLimits } from '../../lib/options/limit-options.js';
import { noNodes } from '../support/no-nodes.js';
import { seed, seededRandom } from '../support/seeded-random.js';

const topics: readonly TopicKey[] = ['t:a', 't:b', 't:c'];
const limits = resolveLimits({});

let clock = 0;

afterEach(() => {
  jest.restoreAllMocks();
});

/** A client that may stop reading, and whose writes take time. */
class Client {
  readonly isPending = false;
  readonly lastEventId = undefined;
  isClosed = false;
  writable = true;
  text = '';

  constructor(private readonly mayBlock: () => boolean) {}

  release(): void {}

  fail(error: unknown): void {
    throw error;
  }

  writeOrKeep({ data }: Chunk): void {
    this.text += Buffer.from(data).toString();
  }

  writeAll(chunks: readonly Chunk[]): void {
    for (const chunk of chunks) this.writeOrKeep(chunk);
    clock += 0.1;
    if (this.mayBlock()) this.writable = false;
  }

  get seen(): number[] {
    return Array.from(this.text.matchAll(/^data:(\d+)/gm), ([, number]) => Number(number));
  }
}

test(`Streams that come, leave, fall behind and catch up during deliveries have everything once and in order (SEED=${seed})`, async () => {
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(all: readonly T[]): T => all[below(all.length)]!;
  for (let run = 0; run < 6; run++) {
    const log = memoryLog({ retention: { count: Infinity, age: Infinity, bytes: Infinity } });
    const intervals: Partial<Record<TopicKey, number>> = { 't:b': below(3) };
    const fanOut = new FanOut<Follower>({
      turn: new Turn(),
      reader: new LogReader(log, limits),
      log: {},
      nodes: noNodes,
      gapEvent: 'gap',
      counters: new Counters(),
      flushIntervalOf: (key) => intervals[key] ?? 0,
    });
    fanOut.begin(log.open(fanOut));
    const due = new Map<Follower, { readonly client: Client; readonly numbers: number[] }>();
    const gone: { readonly client: Client; readonly numbers: number[]; readonly had: string }[] = [];
    const add = () => {
      const client = new Client(() => random() < 0.05);
      const filter = random() < 0.2 ? () => true : undefined;
      const stream = new HubStream([], { filter }, new Names(limits));
      const follower = new Follower(client as unknown as Connection, stream, fanOut);
      fanOut.add(
        follower,
        topics.filter(() => random() < 0.6),
      );
      void follower.begin();
      due.set(follower, { client, numbers: [] });
    };
    const leave = (follower: Follower) => {
      const { client, numbers } = due.get(follower)!;
      client.isClosed = true;
      client.writable = false;
      follower.onClosed();
      due.delete(follower);
      gone.push({ client, numbers, had: client.text });
    };
    const resume = (follower: Follower) => {
      due.get(follower)!.client.writable = true;
      follower.onWritable();
    };
    let number = 0;
    let slices = 0;
    for (let n = 0; n < 300; n++) add();
    for (let step = 0; step < 80; step++) {
      for (let count = below(3); count > 0; count--) {
        const keys = topics.filter(() => random() < 0.4);
        if (keys.length === 0) continue;
        const body = `data:${++number}${random() < 0.1 ? 'x'.repeat(40_000) : ''}\n\n`;
        void log.append({ keys, body, kind: 'text', time: 0 });
        for (const [follower, { numbers }] of due)
          if (keys.some((key) => follower.keys.has(key))) numbers.push(number);
      }
      for (let changes = below(4); changes > 0; changes--) {
        const follower = pick([...due.keys()]);
        const what = below(6);
        if (what === 0) add();
        else if (what === 1) leave(follower);
        else if (what === 2) follower.follow([pick(topics)]);
        // What is not written by now is not for one that stops following: only where everything is.
        else if (what === 3 && follower.isLive && due.get(follower)!.client.writable) unfollow(follower);
        else resume(follower);
      }
      await nextTurn();
      if ([...fanOut.feeds.values()].some(({ isDelivering }) => isDelivering)) slices++;
    }
    for (let turn = 0; turn < 200; turn++) {
      for (const [follower, { client }] of due) if (!client.writable) resume(follower);
      await nextTurn();
      if (turn % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 4));
    }
    expect(slices).toBeGreaterThan(10);
    for (const { client, numbers } of due.values()) expect(client.seen).toEqual(numbers);
    for (const { client, numbers, had } of gone) {
      expect(client.text).toBe(had);
      expect(client.seen).toEqual(numbers.slice(0, client.seen.length));
    }

    function unfollow(follower: Follower): void {
      follower.unfollow([pick(topics)]);
      // It may have fallen behind with the last that was written to it, and then reads without the topic.
      if (!follower.isLive) leave(follower);
    }
  }
});
