import { describe, expect, test } from '@jest/globals';
import {
  memoryLog,
  type EventLog,
  type HubStreamOptions,
  type MemoryLogOptions,
  type SseHubOptions,
} from 'nestjs-sse-hub';
import { JitteryLog } from '../support/jittery-log.js';
import { serveHub, topicsOf, type ServedHub } from '../support/served-hub.js';

async function publish({ hub }: ServedHub, topic: string, ...data: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const text of data) ids.push((await hub.publish(topic, { data: text })).id);
  return ids;
}

const gapOf = async (stream: Awaited<ReturnType<ServedHub['open']>>) => {
  const { event, data, id } = await stream.nextEvent();
  expect(event).toBe('gap');
  return { ...(JSON.parse(data) as { reason: string; count?: number }), id: id! };
};

const own = ({ hub }: ServedHub, topic: string, id: string, data: string) => hub.publish(topic, { id, data });

const logs: [string, (options?: MemoryLogOptions) => EventLog][] = [
  ['the memory log', memoryLog],
  ['a log that answers later', (options) => new JitteryLog(options)],
];

describe.each(logs)('on %s', (_name, createLog) => {
  const keeping = (count: number) => ({ log: createLog({ retention: { count } }) });

  const serve = (options: SseHubOptions = {}, streamOptions: HubStreamOptions = {}): Promise<ServedHub> =>
    serveHub({ log: createLog(), ...options }, (hub, request) => ({
      stream: hub.stream(topicsOf(request), streamOptions),
    }));

  describe('a stream without a Last-Event-ID', () => {
    test('begins with its position, and with what is published from now on', async () => {
      const served = await serve();
      const [id] = await publish(served, 'a', 'before');
      const stream = await served.open('/?topic=a');
      await publish(served, 'a', 'after');
      expect((await stream.nextEvent()).data).toBe('after');
      expect(stream.text.startsWith(`id:${id}\n\n`)).toBe(true);
    });

    test("begins with the oldest retained event where it starts 'earliest', which is no gap", async () => {
      const served = await serve(keeping(2), { start: 'earliest' });
      await publish(served, 'a', '1', '2', '3');
      const stream = await served.open('/?topic=a');
      expect(await stream.nextData(2)).toEqual(['2', '3']);
      expect(stream.text).not.toContain('gap');
    });

    test('begins with the last events of all its topics together where it starts { last: n }', async () => {
      const served = await serve({}, { start: { last: 3 } });
      await publish(served, 'a', 'a1', 'a2');
      await publish(served, 'b', 'b1');
      await publish(served, 'a', 'a3');
      const stream = await served.open('/?topic=a&topic=b');
      expect(await stream.nextData(3)).toEqual(['a2', 'b1', 'a3']);
    });

    test('resumes from an id in the query', async () => {
      const served = await serve();
      const [first] = await publish(served, 'a', '1', '2');
      const other = await serveHub({ log: memoryLog() }, () => ({}));
      expect(() => other.hub.stream('a', { start: '' })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
      const stream = await served.open(`/?topic=a&lastEventId=${first}`);
      expect((await stream.nextEvent()).data).toBe('2');
    });
  });

  test('a stream that starts with an id begins after it', async () => {
    const { hub, open } = await serve({}, { start: 'one' });
    await hub.publish('a', { id: 'one', data: '1' });
    await hub.publish('a', { id: 'two', data: '2' });
    expect((await (await open('/?topic=a')).nextEvent()).data).toBe('2');
  });

  describe('a stream with a Last-Event-ID', () => {
    test('gets everything after it, over any number of topics, in order, and then what is new', async () => {
      const served = await serve();
      const [seen] = await publish(served, 'a', 'seen');
      await publish(served, 'b', 'b1');
      await publish(served, 'c', 'not followed');
      await publish(served, 'a', 'a1');
      const stream = await served.open('/?topic=a&topic=b', { lastEventId: seen! });
      await publish(served, 'b', 'live');
      expect(await stream.nextData(3)).toEqual(['b1', 'a1', 'live']);
      expect(stream.text).not.toContain('gap');
    });

    test('resumes from the header when the query has an id as well', async () => {
      const served = await serve();
      const [first, second] = await publish(served, 'a', '1', '2', '3');
      const stream = await served.open(`/?topic=a&lastEventId=${first}`, { lastEventId: second! });
      expect((await stream.nextEvent()).data).toBe('3');
    });

    test('resumes from a position that only an id-only block has told', async () => {
      const served = await serve();
      await publish(served, 'a', 'before');
      const first = await served.open('/?topic=a');
      await first.until(() => first.text.endsWith('\n\n'));
      const position = /^id:(.*)$/m.exec(first.text)![1]!;
      first.leave();
      await served.nextDisconnect();
      await publish(served, 'a', 'missed');
      const second = await served.open('/?topic=a', { lastEventId: position });
      expect((await second.nextEvent()).data).toBe('missed');
    });

    test('reads a long history to its end without a hole, while more is published', async () => {
      const served = await serve(
        { log: createLog({ retention: { count: 100_000, bytes: Infinity } }) },
        { start: 'earliest' },
      );
      const text = 'x'.repeat(200);
      const data = Array.from({ length: 5_000 }, (_, index) => `${index} ${text}`);
      await publish(served, 'a', ...data.slice(0, 4_000));
      const stream = await served.open('/?topic=a');
      for (const more of data.slice(4_000)) {
        await publish(served, 'a', more);
        if (Number(more.split(' ')[0]) % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await stream.nextData(5_000)).toEqual(data);
    });
  });

  describe('a gap', () => {
    test('tells that retention took events away, and what is retained follows', async () => {
      const served = await serve(keeping(2));
      const [first] = await publish(served, 'a', '1', '2', '3', '4');
      const stream = await served.open('/?topic=a', { lastEventId: first! });
      expect(await gapOf(stream)).toMatchObject({ reason: 'evicted' });
      expect(await stream.nextData(2)).toEqual(['3', '4']);
    });

    test('counts where the count is exact', async () => {
      const served = await serve(keeping(2));
      const [before] = await publish(served, 'b', 'before');
      await publish(served, 'a', '1', '2', '3', '4', '5');
      const stream = await served.open('/?topic=a', { lastEventId: before! });
      expect(await gapOf(stream)).toMatchObject({ reason: 'evicted', count: 3 });
    });

    test('does not count what another topic of the stream may have kept', async () => {
      const served = await serve(keeping(2));
      const [before] = await publish(served, 'b', 'before');
      await served.hub.publish(['a', 'b'], { data: 'both' });
      await publish(served, 'a', '1', '2', '3');
      const stream = await served.open('/?topic=a&topic=b', { lastEventId: before! });
      expect(await gapOf(stream)).not.toHaveProperty('count');
      expect(await stream.nextData(3)).toEqual(['both', '2', '3']);
    });

    test('carries the position from which everything retained follows, so that a cut right after it loses nothing', async () => {
      const served = await serve(keeping(2));
      const [first] = await publish(served, 'a', '1', '2');
      await publish(served, 'b', 'b1');
      await publish(served, 'a', '3', '4');
      const stream = await served.open('/?topic=a&topic=b', { lastEventId: first! });
      const { id } = await gapOf(stream);
      stream.leave();
      await served.nextDisconnect();
      const again = await served.open('/?topic=a&topic=b', { lastEventId: id });
      await again.until(() => again.events.filter(({ event }) => event === undefined).length === 3);
      expect(again.events.filter(({ event }) => event === undefined).map(({ data }) => data)).toEqual([
        'b1',
        '3',
        '4',
      ]);
    });

    test('tells that the id belongs to a history that is over; what is retained in the new one follows', async () => {
      const earlier = await serve();
      const [old] = await publish(earlier, 'a', 'old');
      const served = await serve();
      await publish(served, 'a', 'new');
      const stream = await served.open('/?topic=a', { lastEventId: old! });
      expect(await gapOf(stream)).toMatchObject({ reason: 'epoch' });
      expect((await stream.nextEvent()).data).toBe('new');
    });

    test('tells that the id is not known', async () => {
      const served = await serve();
      await publish(served, 'a', '1');
      const stream = await served.open('/?topic=a', { lastEventId: 'from elsewhere' });
      expect(await gapOf(stream)).toMatchObject({ reason: 'unknown-id' });
      expect((await stream.nextEvent()).data).toBe('1');
    });

    test("tells that the id is beyond the log's end", async () => {
      const served = await serve();
      const [id] = await publish(served, 'a', '1');
      const stream = await served.open('/?topic=a', { lastEventId: `${id!.split('-')[0]}-zzz` });
      expect(await gapOf(stream)).toMatchObject({ reason: 'unknown-id' });
      expect((await stream.nextEvent()).data).toBe('1');
    });

    test("is followed by what is new where the stream has onLag: 'latest'", async () => {
      const served = await serve(keeping(2), { onLag: 'latest' });
      const [first] = await publish(served, 'a', '1', '2', '3', '4');
      const stream = await served.open('/?topic=a', { lastEventId: first! });
      expect(await gapOf(stream)).toMatchObject({ reason: 'evicted' });
      await publish(served, 'a', 'new');
      expect((await stream.nextEvent()).data).toBe('new');
    });

    test('has the name that the option gives it', async () => {
      const served = await serve({ gapEvent: 'missed' });
      const stream = await served.open('/?topic=a', { lastEventId: 'unknown' });
      expect((await stream.nextEvent()).event).toBe('missed');
    });
  });

  describe('ids of the application', () => {
    test('are found again', async () => {
      const served = await serve();
      await own(served, 'a', 'one', '1');
      await own(served, 'a', 'two', '2');
      const stream = await served.open('/?topic=a', { lastEventId: 'one' });
      expect((await stream.nextEvent()).data).toBe('2');
      expect(stream.text).not.toContain('gap');
    });

    test('that several events share resume after the first of them', async () => {
      const served = await serve();
      await own(served, 'a', 'shared', '1');
      await own(served, 'a', 'shared', '2');
      await own(served, 'a', 'next', '3');
      const stream = await served.open('/?topic=a', { lastEventId: 'shared' });
      expect(await stream.nextData(2)).toEqual(['2', '3']);
    });

    test('that two topics share resume after the earliest', async () => {
      const served = await serve();
      await own(served, 'a', '1000', 'AAPL');
      await own(served, 'b', '1000', 'AMZN');
      const stream = await served.open('/?topic=a&topic=b', { lastEventId: '1000' });
      expect((await stream.nextEvent()).data).toBe('AMZN');
    });

    test('are a gap where events after the first that had the id are gone', async () => {
      const served = await serve(keeping(1));
      for (const data of ['1', '2', '3']) await own(served, 'a', 'shared', data);
      const stream = await served.open('/?topic=a', { lastEventId: 'shared' });
      expect((await stream.nextEvent()).event).toBe('gap');
      expect((await stream.nextEvent()).data).toBe('3');
    });

    test('may be shared by consecutive events only', async () => {
      const served = await serve();
      await own(served, 'a', 'x', '1');
      await own(served, 'a', 'y', '2');
      await expect(own(served, 'a', 'x', '3')).rejects.toMatchObject({ code: 'ID_REUSED' });
    });
  });

  test('a stream whose log fails when it begins is told so, and ends', async () => {
    const log = createLog();
    const { open, nextDisconnect, errors } = await serve({ log });
    log.locate = () => {
      throw new Error('internal detail');
    };
    const stream = await open('/?topic=a', { lastEventId: 'own' });
    expect((await stream.nextEvent()).event).toBe('error');
    expect(await stream.ended).toBe('complete');
    expect((await nextDisconnect()).reason).toBe('error');
    expect(errors).toEqual([new Error('internal detail')]);
  });
});
