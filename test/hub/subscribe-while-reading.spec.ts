import { describe, expect, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { memoryLog, type EventLog, type ReadQuery } from 'nestjs-sse-hub';
import { serveHub, topicsOf } from '../support/served-hub.js';

/** A log whose reads are answered when the test says so, with what is there by then. */
function heldLog() {
  const log = memoryLog();
  const held: (() => void)[] = [];
  let onRead: (() => void) | undefined;
  const holding: EventLog = {
    supports: log.supports,
    epoch: log.epoch,
    open: (tail) => log.open(tail),
    append: async (entry) => log.append(entry),
    end: async () => log.end(),
    locate: async (keys, start) => log.locate(keys, start),
    close: () => log.close(),
    read: async ({ keys, after, later, limit }: ReadQuery) => {
      const query = { keys: [...keys], after, later: later && new Map(later), limit };
      await new Promise<void>((resolve) => {
        held.push(resolve);
        onRead?.();
      });
      return log.read(query);
    },
  };
  return {
    log: holding,
    untilRead: () => new Promise<void>((resolve) => (onRead = resolve)),
    release: () => {
      onRead = () => held.splice(0).forEach((answer) => answer());
      onRead();
    },
  };
}

/** A stream of topic a that waits for the answer to its first read. */
async function openReading() {
  const held = heldLog();
  const served = await serveHub({ log: held.log }, (hub, request) => ({
    stream: hub.stream(topicsOf(request), { start: 'earliest' }),
  }));
  await served.hub.publish('a', { data: 'a1' });
  const reading = held.untilRead();
  const client = await served.open('/?topic=a');
  await reading;
  return { ...served, held, client };
}

describe('A stream that reads a log which answers later', () => {
  test('gets the events of a topic that is subscribed to meanwhile', async () => {
    const { hub, connection, held, client } = await openReading();
    void connection().subscribe('b');
    await hub.publish('b', { data: 'b1' });
    await nextTurn();
    held.release();
    expect(await client.nextData(2)).toEqual(['a1', 'b1']);
    await hub.publish('b', { data: 'b2' });
    expect(await client.nextData(1)).toEqual(['b2']);
  });

  test('gets no event of a topic that is unsubscribed from meanwhile', async () => {
    const { hub, connection, held, client } = await openReading();
    void connection().subscribe('b');
    connection().unsubscribe('a');
    await hub.publish(['a'], { data: 'a2' });
    held.release();
    await hub.publish('b', { data: 'b1' });
    expect(await client.nextData(1)).toEqual(['b1']);
  });
});
