import { describe, expect, test } from '@jest/globals';
import { memoryLog, type HubStreamOptions } from 'nestjs-sse-hub';
import { topicKeys } from '../../lib/log/topic-key.js';
import { serveHub } from '../support/served-hub.js';

// As much as a stream reads at once, so that each of these events is an answer of its own.
const LARGE = 'x'.repeat(64 * 1024);

/**
 * A stream of topics a and b that has five large events of b to read, behind which a has lost three of its five. Before
 * its second answer `topic` loses what retention takes away for so many events more.
 */
async function openWhileRetentionWorks(
  topic: string,
  events: number,
  options: HubStreamOptions,
  isResumed: boolean,
) {
  const log = memoryLog({
    topics: [
      { topic: 'a', count: 2 },
      { topic: 'b', count: 5 },
    ],
  });
  const read = log.read.bind(log);
  let reads = 0;
  log.read = (query) => {
    if (++reads === 2)
      for (let n = 0; n < events; n++)
        log.append({ keys: topicKeys(topic), body: 'data:more\n\n', kind: 'text', time: Date.now() });
    return read(query);
  };
  const { hub, open } = await serveHub({ log }, (served) => ({ stream: served.stream(['a', 'b'], options) }));
  const { id } = await hub.publish('c', { data: 'before' });
  for (let n = 0; n < 5; n++) await hub.publish('b', { data: LARGE });
  for (let n = 0; n < 5; n++) await hub.publish('a', { data: `a${n}` });
  const stream = await open('/', isResumed ? { lastEventId: id } : {});
  await stream.until(() => stream.events.at(-1)?.data === 'more');
  return stream.events
    .filter(({ event }) => event === 'gap')
    .map(({ data }) => JSON.parse(data) as { reason: string; count?: number });
}

describe('A loss that comes to light while a stream reads', () => {
  test('is told where a later loss of another topic was told before', async () => {
    const gaps = await openWhileRetentionWorks('b', 3, {}, true);
    expect(gaps).toEqual([{ reason: 'evicted', count: 3 }, { reason: 'lag' }]);
  });

  test("is told where a later loss of another topic was before the stream's beginning", async () => {
    const gaps = await openWhileRetentionWorks('b', 3, { start: 'earliest' }, false);
    expect(gaps).toEqual([{ reason: 'lag' }]);
  });

  test('does not count again what was told of its topic before', async () => {
    const gaps = await openWhileRetentionWorks('a', 1, {}, true);
    expect(gaps).toEqual([{ reason: 'evicted', count: 3 }, { reason: 'lag' }]);
  });

  test("does not count what was gone before the stream's beginning", async () => {
    const gaps = await openWhileRetentionWorks('a', 1, { start: 'earliest' }, false);
    expect(gaps).toEqual([{ reason: 'lag' }]);
  });
});
