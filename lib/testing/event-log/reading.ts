import assert from 'node:assert/strict';
import type { LogRecord } from '../../log/event-log.js';
import { assertRecords, assertWellFormed, keysOf, type Appended, type Promises } from './opened-log.js';

export const reading: Promises = {
  'reads an empty log as nothing, with nothing lost': async ({ open }) => {
    const log = await open();
    assert.deepEqual(await log.read('a b'), { records: [], through: 0, end: 0, losses: [] });
  },

  'reads nothing where no topic is asked for': async ({ open }) => {
    const log = await open();
    const { offset } = await log.append('a');
    const result = await log.log.read({ keys: [], after: 0, limit: Infinity });
    assert.deepEqual(result, { records: [], through: offset, end: offset, losses: [] });
  },

  'reads what was appended to the asked topics and nothing else': async ({ open }) => {
    const log = await open();
    const a = await log.append('a');
    await log.append('b');
    await log.append('user:a');
    await log.append('broadcast');
    const a2 = await log.append('a');
    const result = await log.read('a');
    assertWellFormed(result, 0, keysOf('a'));
    assertRecords(result.records, [a, a2]);
    assert.deepEqual(result.losses, []);
  },

  'reads what lies behind the asked offset, which need not be one of its topics': async ({ open }) => {
    const log = await open();
    await log.append('a');
    const other = await log.append('b');
    const behind = await log.append('a');
    const result = await log.read('a', { after: other.offset });
    assertRecords(result.records, [behind]);
    assert.deepEqual(result.losses, []);
  },

  'reads nothing behind its end, with nothing lost': async ({ open }) => {
    const log = await open();
    const { offset } = await log.append('a');
    const result = await log.read('a', { after: offset });
    assert.deepEqual(result, { records: [], through: offset, end: offset, losses: [] });
  },

  'reaches its end where the limit was not reached, also when the last records are of other topics': async ({
    open,
  }) => {
    const log = await open();
    await log.append('a');
    const { offset } = await log.append('b');
    const { through, end } = await log.read('a');
    assert.deepEqual({ through, end }, { through: offset, end: offset });
  },

  'merges topics in the order of the log': async ({ open }) => {
    const log = await open();
    const names = ['a', 'b', 'c', 'b', 'user:u', 'a', 'a', 'broadcast', 'c'];
    const all = await Promise.all(Array.from({ length: 90 }, (_, n) => log.append(names[n % 9]!)));
    assertRecords((await log.read('c a broadcast b user:u')).records, all);
  },

  'gives a record of several asked topics once': async ({ open }) => {
    const log = await open();
    const all = [
      await log.append('a b'),
      await log.append('b c'),
      await log.append('a'),
      await log.append('a b c'),
    ];
    assertRecords((await log.read('a b c')).records, all);
    assertRecords((await log.read('c')).records, [all[1]!, all[3]!]);
  },

  'ends an answer soon after the limit, and gives one record at least': async ({ open }) => {
    const log = await open();
    const all = await log.appendMany(10, 'a', { size: 1_000 });
    for (const limit of [1, 1_500, 2_500]) {
      const { records, through } = await log.read('a', { limit });
      assert.ok(
        records.length >= 1 && records.length < 10,
        `${records.length} records for a limit of ${limit}`,
      );
      const before = records.slice(0, -1).reduce((sum, { body }) => sum + body.length, 0);
      assert.ok(before < limit, 'the limit was reached before the last record');
      assertRecords(records, all.slice(0, records.length));
      assert.equal(through, records.at(-1)!.offset);
    }
  },

  'reads on from where an answer ended without a hole or a double, whatever the limit': async ({ open }) => {
    const log = await open();
    const names = ['a', 'b', 'a b', 'c', 'user:u'];
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, n) => log.append(names[n % 5]!, { size: n % 7 })),
    );
    const asked = all.filter(({ keys }) => !keys.includes('t:c'));
    for (const limit of [1, 20, 333]) assertRecords(await log.readOn('a b user:u', 0, limit), asked);
  },

  'reads topics that begin later from where they begin': async ({ open }) => {
    const log = await open();
    await log.append('b');
    const a = await log.append('a');
    const b = await log.append('b');
    const both = await log.append('a b');
    const later = new Map([[keysOf('b')[0]!, a.offset]]);
    assertRecords((await log.read('a b', { later })).records, [a, b, both]);
    later.set(keysOf('b')[0]!, b.offset);
    assertRecords((await log.read('a b', { later })).records, [a, both]);
  },

  'reads on from the asked offset where it is behind the place at which a topic began': async ({ open }) => {
    const log = await open();
    const all = await log.appendMany(4, 'a b');
    const later = new Map([[keysOf('b')[0]!, all[0]!.offset]]);
    const after = all[2]!.offset;
    assertRecords((await log.read('a b', { after, later })).records, all.slice(3));
    assertRecords((await log.read('b', { after: all[3]!.offset, later })).records, []);
  },

  'reads the topics that it was asked for, though the caller changes its set meanwhile': async ({ open }) => {
    const log = await open();
    const a = await log.append('a');
    const b = await log.append('b');
    const c = await log.append('c');
    const keys = new Set(keysOf('a b'));
    const later = new Map([[keysOf('b')[0]!, b.offset]]);
    const answer = log.log.read({ keys, after: 0, later, limit: Infinity });
    keys.add(keysOf('c')[0]!);
    later.clear();
    assertRecords((await answer).records, [a]);
    const { records } = await log.log.read({ keys, after: 0, limit: Infinity });
    assertRecords(records, [a, b, c]);
  },

  'has read everything up to where an answer reaches, while events are appended': async ({ open }) => {
    const log = await open();
    const all: Appended[] = [];
    const read: LogRecord[] = [];
    let through = 0;
    for (let round = 0; round < 40; round++) {
      const appending = log.appendMany(5, round % 2 === 0 ? 'a' : 'b a');
      const result = await log.read('a b', { after: through, limit: 60 });
      assertWellFormed(result, through, keysOf('a b'));
      read.push(...result.records);
      through = result.through;
      all.push(...(await appending));
    }
    read.push(...(await log.readOn('a b', through, 1_000)));
    assertRecords(read, all);
  },

  'has everything in its answers that it has acknowledged or told its tail of': async ({ open }) => {
    const log = await open();
    for (let round = 0; round < 20; round++) {
      const { offset } = await log.append('a');
      assert.ok((await log.end()) >= offset);
      const { records, end } = await log.read('a', { after: offset - 1 });
      assert.ok(end >= offset);
      assert.equal(records.at(-1)?.offset, offset);
      const told = log.told.at(-1)?.offset ?? 0;
      assert.ok((await log.end()) >= told);
    }
  },
};
