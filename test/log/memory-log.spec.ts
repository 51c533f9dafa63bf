import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { memoryLog, type LogEntry, type MemoryLog, type MemoryLogOptions } from 'nestjs-sse-hub';
import { now } from '../../lib/log/clock.js';
import { topicKeys, userKey, type TopicKey } from '../../lib/log/topic-key.js';

const MINUTE = 60_000;

function openLog(options: MemoryLogOptions = {}): MemoryLog {
  const log = memoryLog(options);
  log.open({ committed: () => undefined });
  return log;
}

function append(
  log: MemoryLog,
  topics: string | string[],
  { id, size = 0 }: { id?: string; size?: number } = {},
) {
  return log.append(entry(topicKeys(topics), size, id));
}

function entry(keys: TopicKey[], size = 0, id?: string): LogEntry {
  return { keys, id, body: `data:${'x'.repeat(size)}\n\n`, kind: 'text', time: now() };
}

function read(log: MemoryLog, topics: string | string[], after = 0) {
  return log.read({ keys: topicKeys(topics), after, limit: Infinity });
}

function offsets(log: MemoryLog, topics: string | string[], after = 0): number[] {
  return read(log, topics, after).records.map(({ offset }) => offset);
}

function flood(log: MemoryLog, keyOf: (n: number) => TopicKey): void {
  for (let n = 0; n < 1_000; n++) log.append(entry([keyOf(n)], 1_000));
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('Retention by count', () => {
  test('keeps as many of each topic as it says', () => {
    const log = openLog({ retention: { count: 3 } });
    for (let n = 0; n < 5; n++) append(log, 'a');
    append(log, 'b');
    expect(offsets(log, 'a')).toEqual([3, 4, 5]);
    expect(offsets(log, 'b')).toEqual([6]);
  });

  test('keeps 1,000 by default', () => {
    const log = openLog();
    for (let n = 0; n < 1_001; n++) append(log, 'a');
    expect(offsets(log, 'a')).toHaveLength(1_000);
  });

  test('of 0 keeps nothing, and tells so', () => {
    const log = openLog({ retention: { count: 0 } });
    append(log, 'a');
    expect(read(log, 'a')).toEqual({
      records: [],
      through: 1,
      end: 1,
      losses: [{ key: 't:a', upTo: 1, count: 1 }],
    });
  });
});

describe('Retention by age', () => {
  test('keeps what is younger, five minutes by default', () => {
    const log = openLog();
    append(log, 'a');
    jest.advanceTimersByTime(MINUTE);
    append(log, 'a');
    jest.advanceTimersByTime(4 * MINUTE - 1);
    expect(offsets(log, 'a')).toEqual([1, 2]);
    jest.advanceTimersByTime(1);
    expect(offsets(log, 'a')).toEqual([2]);
  });

  test('is exact in an answer, whenever the log looks for itself', () => {
    const log = openLog({ retention: { age: 10 } });
    append(log, 'a');
    jest.advanceTimersByTime(10);
    expect(read(log, 'a').losses).toEqual([{ key: 't:a', upTo: 1, count: 1 }]);
    expect(log.locate(topicKeys('a'), 'earliest')).toEqual({
      after: 1,
      forgiven: new Map([['t:a', 1]]),
      lost: undefined,
    });
  });

  test('gives memory back though nobody reads', () => {
    const log = openLog({ retention: { age: MINUTE } });
    append(log, 'a', { size: 10_000 });
    jest.advanceTimersByTime(MINUTE + MINUTE / 64 + 1_000);
    expect(log.usage).toEqual({ topics: 0, bytes: 0, userBytes: 0 });
  });

  test('keeps a topic that goes on', () => {
    const log = openLog({ retention: { age: MINUTE } });
    for (let n = 1; n <= 100; n++) {
      append(log, 'a');
      jest.advanceTimersByTime(MINUTE / 10);
      expect(log.usage.topics).toBe(1);
      expect(offsets(log, 'a').length).toBe(Math.min(n, 9));
    }
  });

  test('needs one timer for all topics, and none for an empty log', () => {
    const log = openLog();
    expect(jest.getTimerCount()).toBe(0);
    for (let n = 0; n < 100; n++) append(log, `topic ${n}`);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(10 * MINUTE);
    expect(jest.getTimerCount()).toBe(0);
    append(log, 'again');
    expect(jest.getTimerCount()).toBe(1);
  });

  test('of Infinity needs no timer', () => {
    const log = openLog({ retention: { age: Infinity } });
    append(log, 'a');
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(1_000 * MINUTE);
    expect(offsets(log, 'a')).toEqual([1]);
  });

  test('leaves no timer behind when the log is closed', () => {
    const log = openLog();
    append(log, 'a');
    log.close();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('Retention by bytes', () => {
  test('keeps no more of a topic than it says', () => {
    const log = openLog({ retention: { bytes: 10_000 } });
    for (let n = 0; n < 100; n++) append(log, 'a', { size: 900 });
    const { length } = offsets(log, 'a');
    expect(length).toBeGreaterThan(5);
    expect(length).toBeLessThan(11);
  });

  test('keeps no event that is larger, and tells so', () => {
    const log = openLog({ retention: { bytes: 10_000 } });
    append(log, 'a');
    append(log, 'a', { size: 10_000 });
    expect(read(log, 'a')).toMatchObject({ records: [], losses: [{ upTo: 2, count: 2 }] });
  });

  test('in all takes the oldest events, of whatever topic', () => {
    const log = openLog({ totalBytes: 100_000 });
    for (let n = 0; n < 100; n++) append(log, `topic ${n % 10}`, { size: 5_000 });
    const kept = offsets(
      log,
      Array.from({ length: 10 }, (_, n) => `topic ${n}`),
    );
    expect(kept.length).toBeGreaterThan(10);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, n) => 101 - kept.length + n));
    expect(log.usage.bytes).toBeLessThanOrEqual(100_000);
  });

  test('in all takes no event while there are topics to forget of which nothing is kept', () => {
    const log = openLog({ totalBytes: 100_000, topics: [{ prefix: 'typing:', count: 0 }] });
    for (let n = 0; n < 50; n++) append(log, 'news');
    for (let n = 0; n < 400; n++) append(log, `typing:${n}`);
    expect(offsets(log, 'news')).toHaveLength(50);
    expect(log.usage.bytes).toBeLessThanOrEqual(100_000);
  });

  test('in all forgets the topic first that has been empty longest', () => {
    const log = openLog({ totalBytes: 3_000, retention: { count: 0 } });
    for (const name of ['a', 'b', 'c', 'a', 'd', 'e', 'f']) append(log, name);
    expect(read(log, 'a').losses).toMatchObject([{ count: 2 }]);
    expect(read(log, 'b').losses).toMatchObject([{ count: undefined }]);
  });

  test('in all forgets the topics of which it keeps nothing', () => {
    const log = openLog({ totalBytes: 100_000 });
    for (let n = 0; n < 100; n++) append(log, `topic ${n}`, { size: 9_000 });
    expect(log.usage.topics).toBeLessThan(12);
  });
});

describe("Users' private topics", () => {
  const options = { totalBytes: 100_000, userBytes: 100_000 };

  test('are not evicted by a flood of public events', () => {
    const log = openLog(options);
    log.append(entry([userKey('mia')]));
    flood(log, (n) => `t:topic ${n}`);
    expect(log.read({ keys: [userKey('mia')], after: 0, limit: Infinity }).records).toHaveLength(1);
    expect(log.usage.bytes).toBeLessThanOrEqual(100_000);
  });

  test('evict nothing public when they are flooded', () => {
    const log = openLog(options);
    append(log, 'news');
    log.append(entry(['b:']));
    flood(log, (n) => userKey(`user ${n}`));
    expect(log.read({ keys: ['t:news', 'b:'], after: 0, limit: Infinity }).records).toHaveLength(2);
    expect(log.usage.userBytes).toBeLessThanOrEqual(100_000);
  });

  test('have the default retention, whatever prefixes say', () => {
    const log = openLog({
      retention: { count: 2 },
      topics: [
        { prefix: 'u', count: 9 },
        { prefix: ':', count: 9 },
      ],
    });
    for (let n = 0; n < 5; n++) log.append(entry([userKey('u')]));
    expect(log.read({ keys: [userKey('u')], after: 0, limit: Infinity }).records).toHaveLength(2);
  });
});

describe('A retention of its own', () => {
  const options: MemoryLogOptions = {
    retention: { count: 1, age: 5 * MINUTE },
    topics: [
      { prefix: 'chat/', count: 2 },
      { prefix: 'chat/rooms/', count: 3, age: MINUTE },
      { topic: 'chat/rooms/lobby', count: 4 },
    ],
  };
  const kept = (topic: string) => {
    const log = openLog(options);
    for (let n = 0; n < 10; n++) append(log, topic);
    return offsets(log, topic).length;
  };

  test('holds for the topic that has the name', () => {
    expect(kept('chat/rooms/lobby')).toBe(4);
  });

  test('holds for the topics that begin with the prefix', () => {
    expect(kept('chat/x')).toBe(2);
    expect(kept('chat/')).toBe(2);
  });

  test('is that of the longest prefix', () => {
    expect(kept('chat/rooms/x')).toBe(3);
  });

  test('does not hold for other topics', () => {
    expect([kept('chat'), kept('xchat/'), kept('Chat/')]).toEqual([1, 1, 1]);
  });

  test('takes what it leaves out from the default retention, not from a shorter prefix', () => {
    const log = openLog(options);
    append(log, 'chat/rooms/x');
    append(log, 'chat/rooms/lobby');
    jest.advanceTimersByTime(MINUTE);
    expect(offsets(log, 'chat/rooms/x')).toEqual([]);
    expect(offsets(log, 'chat/rooms/lobby')).toEqual([2]);
  });
});

describe('An event of several topics', () => {
  test('is kept while any of its topics keeps it, and counted once', () => {
    const log = openLog({ topics: [{ topic: 'short', count: 1 }] });
    append(log, ['short', 'long'], { size: 1_000 });
    const { bytes } = log.usage;
    append(log, 'short');
    expect(offsets(log, 'long')).toEqual([1]);
    expect(log.usage.bytes).toBeGreaterThan(bytes);
    expect(read(log, 'short').losses).toMatchObject([{ upTo: 1 }]);
    expect(read(log, 'long').losses).toEqual([]);
  });

  test('is gone when the last of its topics gives it up', () => {
    const log = openLog({ retention: { count: 1 } });
    append(log, ['a', 'b'], { size: 10_000 });
    append(log, 'a');
    expect(log.usage.bytes).toBeGreaterThan(10_000);
    append(log, 'b');
    expect(log.usage.bytes).toBeLessThan(10_000);
  });

  test('leaves all its topics when the limit of all is reached', () => {
    const log = openLog({ totalBytes: 20_000 });
    append(log, ['a', 'b'], { size: 10_000 });
    append(log, 'c', { size: 10_000 });
    expect(read(log, ['a', 'b'])).toMatchObject({ records: [], losses: [{ upTo: 1 }, { upTo: 1 }] });
    expect(log.usage.bytes).toBeLessThanOrEqual(20_000);
  });

  test('is private where its topics are', () => {
    const log = openLog();
    log.append(entry([userKey('a'), userKey('b')], 10_000));
    expect(log.usage.userBytes).toBeGreaterThan(10_000);
    expect(log.usage.bytes).toBe(0);
  });
});

describe('The count of a loss', () => {
  test('is exact for a stream that begins before everything', () => {
    const log = openLog({ retention: { count: 3 } });
    append(log, 'other');
    for (let n = 0; n < 10; n++) append(log, 'a');
    expect(read(log, 'a', 1).losses).toMatchObject([{ upTo: 8, count: 7 }]);
  });

  test('is not given where only a part of what is gone was due', () => {
    const log = openLog({ retention: { count: 3 } });
    for (let n = 0; n < 10; n++) append(log, 'a');
    expect(read(log, 'a', 4).losses).toMatchObject([{ upTo: 7, count: undefined }]);
  });

  test('is not given where the topic was forgotten meanwhile', () => {
    const log = openLog({ retention: { count: 1, age: MINUTE } });
    append(log, 'a');
    jest.advanceTimersByTime(3 * MINUTE);
    append(log, 'a');
    append(log, 'a');
    expect(read(log, 'a').losses).toMatchObject([{ upTo: 2, count: undefined }]);
  });
});

describe('What is forgotten about a topic', () => {
  test('is a loss for those who come from before it', () => {
    const log = openLog({ retention: { age: MINUTE } });
    append(log, 'a');
    jest.advanceTimersByTime(3 * MINUTE);
    expect(log.usage.topics).toBe(0);
    expect(read(log, 'a').losses).toMatchObject([{ upTo: 1, count: undefined }]);
  });

  test('may be a false alarm for others who come from before it', () => {
    const log = openLog({ retention: { age: MINUTE } });
    append(log, 'a');
    jest.advanceTimersByTime(3 * MINUTE);
    expect(read(log, 'never used').losses).toMatchObject([{ upTo: 1, count: undefined }]);
  });

  test('is no loss for those who come from behind it', () => {
    const log = openLog({ retention: { age: MINUTE } });
    append(log, 'a');
    jest.advanceTimersByTime(3 * MINUTE);
    append(log, 'b');
    expect(read(log, ['a', 'b', 'never used'], 1).losses).toEqual([]);
  });

  test('does not make a topic that begins anew silent about its former life', () => {
    const log = openLog({ retention: { age: MINUTE } });
    append(log, 'a', { id: 'x' });
    append(log, 'a', { id: 'x' });
    jest.advanceTimersByTime(3 * MINUTE);
    append(log, 'a', { id: 'x' });
    expect(log.locate(topicKeys('a'), { id: 'x' })).toEqual({
      after: 2,
      forgiven: new Map([['t:a', 2]]),
      lost: 'evicted',
    });
  });
});

describe('An own id', () => {
  test('whose event has just been evicted still says where to resume', () => {
    const log = openLog({ retention: { count: 2 } });
    for (const id of ['1', '2', '3']) append(log, 'a', { id });
    expect(log.locate(topicKeys('a'), { id: '1' })).toEqual({
      after: 1,
      forgiven: new Map(),
      lost: undefined,
    });
    expect(read(log, 'a', 1).losses).toEqual([]);
  });

  test('that several evicted events shared says to resume behind the first of them', () => {
    const log = openLog({ retention: { count: 1 } });
    for (const id of ['1', '1', '1', '2']) append(log, 'a', { id });
    expect(log.locate(topicKeys('a'), { id: '1' }).after).toBe(1);
    expect(read(log, 'a', 1).losses).toMatchObject([{ upTo: 3 }]);
  });

  test('can be used again when the log has forgotten it', () => {
    const log = openLog({ retention: { count: 1 } });
    for (const id of ['1', '2', '3']) append(log, 'a', { id });
    expect(append(log, 'a', { id: '1' })).toBe(4);
  });

  test('is refused at once, and the message tells the rule', () => {
    const log = openLog();
    for (const id of ['1', '2']) append(log, 'a', { id });
    expect(() => append(log, 'a', { id: '1' })).toThrow(
      expect.objectContaining({ code: 'ID_REUSED', message: expect.stringContaining('consecutive') }),
    );
  });
});

test('A read with a limit of 0 gives one record', () => {
  const log = openLog();
  append(log, 'a');
  append(log, 'a');
  expect(log.read({ keys: ['t:a'], after: 0, limit: 0 })).toMatchObject({
    records: [{ offset: 1 }],
    through: 1,
  });
});

test('A log that is open is refused to another hub, and the message tells what to do', () => {
  const log = openLog();
  expect(() => log.open({ committed: () => undefined })).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('memoryLog()') }),
  );
});

test('A log that was not opened refuses appends', () => {
  expect(() => memoryLog().append(entry(['t:a']))).toThrow(expect.objectContaining({ code: 'HUB_CLOSED' }));
});
