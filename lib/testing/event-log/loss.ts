import assert from 'node:assert/strict';
import type { ReadResult } from '../../log/event-log.js';
import type { TopicKey } from '../../log/topic-key.js';
import {
  assertLossTold,
  assertRecords,
  assertWellFormed,
  keysOf,
  type Appended,
  type OpenedLog,
  type Promises,
} from './opened-log.js';

const MANY = 1_000;

export const loss: Promises = {
  'tells of no loss while everything is retained': async ({ open }) => {
    const log = await open({ retention: { count: MANY } });
    const all = await log.appendMany(MANY, 'a');
    for (const { offset } of all.filter((_, index) => index % 100 === 0)) {
      assert.deepEqual((await log.read('a unknown', { after: offset })).losses, []);
    }
  },

  'tells what retention by count took away, and keeps the newest': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    const all = await log.appendMany(MANY, 'a');
    const result = await eventuallyLost(log, 'a', 0);
    assert.ok(result.records.length >= 10, 'as many as the count says must be kept');
    assert.ok(assertLossTold(result, all) > 0);
  },

  'tells what retention by bytes took away, and keeps the newest': async ({ open }) => {
    const log = await open({ retention: { count: MANY, bytes: 100_000 } });
    const all = await log.appendMany(MANY, 'a', { size: 1_000 });
    const result = await eventuallyLost(log, 'a', 0);
    assert.ok(result.records.length > 0);
    assert.ok(assertLossTold(result, all) > 0);
  },

  'tells what retention by age took away': async ({ open }) => {
    const log = await open({ retention: { age: 30 } });
    const all = await log.appendMany(10, 'a');
    const result = await log.eventually(
      async () => log.read('a'),
      ({ records }) => records.length === 0,
      'what is older than the age must go',
    );
    assertLossTold(result, all);
    const next = await log.append('a');
    assertLossTold(await log.read('a'), [...all, next]);
  },

  'tells what the limit of all topics took away, of topics that it has forgotten too': async ({ open }) => {
    const log = await open({ totalBytes: 100_000 });
    const early = [await log.append('early'), await log.append('early')];
    const all = await log.appendMany(MANY, 'a', { size: 1_000 });
    assert.ok(assertLossTold(await eventuallyLost(log, 'a', 0), all) > 0);
    const result = await eventuallyLost(log, 'early', 0);
    assert.equal(assertLossTold(result, early), 2);
    const both = await log.read('early a');
    assert.ok(assertLossTold(both, [...early, ...all]) > 2);
  },

  'tells of the loss of a forgotten topic also when it is used again': async ({ open }) => {
    const log = await open({ totalBytes: 100_000 });
    const early = await log.append('early');
    await log.appendMany(MANY, 'a', { size: 1_000 });
    await eventuallyLost(log, 'early', 0);
    const again = await log.append('early');
    assertLossTold(await log.read('early'), [early, again]);
  },

  'tells of a loss to those whom it concerns only': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    const quiet = [await log.append('quiet'), await log.append('quiet')];
    await log.appendMany(MANY, 'a');
    await eventuallyLost(log, 'a', 0);
    const result = await log.read('quiet');
    assertRecords(result.records, quiet);
    assert.deepEqual(result.losses, []);
  },

  'tells what each topic has lost by itself': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    const all = [
      await log.appendMany(MANY, 'a'),
      await log.appendMany(1, 'quiet'),
      await log.appendMany(MANY, 'b'),
    ];
    for (const name of ['a', 'b']) await eventuallyLost(log, name, 0);
    const result = await log.read('a quiet b');
    assertWellFormed(result, 0, keysOf('a quiet b'));
    const gone = all.map((appended) => assertLossTold(onlyOf(appended[0]!.keys[0]!, result), appended));
    assert.deepEqual(
      gone.map((count) => count > 0),
      [true, false, true],
    );
    assert.equal(result.losses.length, 2);
  },

  'tells of a loss once: behind it nothing is lost': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    await log.appendMany(MANY, 'a');
    const result = await eventuallyLost(log, 'a', 0);
    const { upTo } = result.losses[0]!;
    const behind = await log.read('a', { after: upTo });
    assert.deepEqual(behind.losses, []);
    assert.deepEqual(
      offsets(behind),
      offsets(result).filter((offset) => offset > upTo),
    );
  },

  'loses nothing between two answers without telling, while retention is at work': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    const all: Appended[] = [];
    let through = 0;
    for (let round = 0; round < 30; round++) {
      all.push(...(await log.appendMany(round, 'a')));
      const due = all.filter(({ offset }) => offset > through);
      const result = await log.read('a', { after: through });
      assertLossTold(result, due);
      through = result.through;
    }
  },

  'does not blame a topic that begins later for what was lost before': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    await log.appendMany(MANY, 'a');
    const { losses } = await eventuallyLost(log, 'a', 0);
    const quiet = await log.append('quiet');
    const later = new Map([['t:a' as const, losses[0]!.upTo]]);
    const result = await log.read('quiet a', { later });
    assert.deepEqual(result.losses, []);
    assert.equal(offsets(result).at(-1), quiet.offset);
  },

  'keeps an event of several topics for the readers of each as their topic keeps it': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    const both = await log.append('a b');
    const more = await log.appendMany(MANY, 'a');
    assert.ok(assertLossTold(await eventuallyLost(log, 'a', 0), [both, ...more]) > 0);
    const result = await log.read('b');
    assertRecords(result.records, [both]);
    assert.deepEqual(result.losses, []);
  },

  'counts nothing as lost that it gives': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    const both = await log.append('a b');
    const all = [both, ...(await log.appendMany(MANY, 'a'))];
    await eventuallyLost(log, 'a', 0);
    const { records, losses } = await log.read('a b');
    assertRecords(records.slice(0, 1), [both]);
    assert.deepEqual(
      losses.map(({ key }) => key),
      ['t:a'],
    );
    const { count } = losses[0]!;
    if (count !== undefined) assert.equal(count, all.length - records.length);
  },
};

/** Retention may work a little later than the append. */
async function eventuallyLost(log: OpenedLog, names: string, after: number): Promise<ReadResult> {
  return log.eventually(
    async () => log.read(names, { after }),
    ({ losses }) => losses.length > 0,
    `retention must have taken something of ${names}, and it must be told`,
  );
}

/** What the answer says of one topic. */
function onlyOf(key: TopicKey, result: ReadResult): ReadResult {
  return {
    ...result,
    records: result.records.filter(({ keys }) => keys.includes(key)),
    losses: result.losses.filter((lost) => lost.key === key),
  };
}

function offsets({ records }: ReadResult): number[] {
  return records.map(({ offset }) => offset);
}
