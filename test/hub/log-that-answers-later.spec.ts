import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { describe, expect, jest, test } from '@jest/globals';
import { memoryLog } from 'nestjs-sse-hub';
import { serveHub, topicsOf } from '../support/served-hub.js';
import { until } from '../support/until.js';

describe('A stream of a log that answers later', () => {
  test('keeps up although events never stop, and has each once', async () => {
    const log = memoryLog({ retention: { count: Infinity, bytes: Infinity } });
    const read = log.read.bind(log);
    const reads = jest.spyOn(log, 'read').mockImplementation((query) => later(read(query)) as never);
    const { hub, open } = await serveHub({ log }, (served, request) => ({
      stream: served.stream(topicsOf(request), { start: 'earliest' }),
    }));
    const over = new AbortController();
    let published = 0;
    const publishing = (async () => {
      while (!over.signal.aborted) {
        void hub.publish(published % 2 === 0 ? 'a' : ['b', 'a'], { data: ++published });
        await nextTurn();
      }
    })();
    const streams = await Promise.all([open('/?topic=a'), open('/?topic=a&topic=b'), open('/?topic=b')]);
    await until(() => hub.stats().lagging === 0 && published > 200);
    reads.mockClear();
    const before = published;
    await until(() => published > before + 500);
    expect(reads).not.toHaveBeenCalled();
    over.abort();
    await publishing;
    const all = Array.from({ length: published }, (_, index) => index + 1);
    for (const [index, stream] of streams.entries()) {
      const due = index < 2 ? all : all.filter((number) => number % 2 === 0);
      const seen: number[] = [];
      while (seen.length < due.length) seen.push(Number((await stream.nextEvent()).data));
      expect(seen).toEqual(due);
    }
  });

  test('has what the log does not tell while it is read', async () => {
    const log = memoryLog();
    const openLog = log.open.bind(log);
    let isTold = true;
    log.open = (tail) =>
      openLog({
        committed: (record) => {
          if (isTold) tail.committed(record);
          else tail.skipped!(record.offset, record.keys);
        },
      });
    const { hub, open } = await serveHub({ log }, (served, request) => ({
      stream: served.stream(topicsOf(request)),
    }));
    const read = log.read.bind(log);
    let reads = 0;
    log.read = (query) => {
      const answer = later(read(query));
      isTold = ++reads !== 2;
      if (reads <= 2) void hub.publish('a', { data: reads });
      isTold = true;
      return answer as never;
    };
    const stream = await open('/?topic=a');
    await until(() => reads >= 2 && hub.stats().lagging === 0);
    await hub.publish('a', { data: 'last' });
    expect(await stream.nextData(3)).toEqual(['1', '2', 'last']);
  });
});

/** What was so when it was asked, some turns later. */
async function later<T>(answer: T): Promise<T> {
  await delay(5);
  return answer;
}
