import assert from 'node:assert/strict';
import { assertForgiven, assertRecords, assertRefused, type OpenedLog, type Promises } from './opened-log.js';

const MANY = 1_000;

export const locating: Promises = {
  'begins with the oldest retained record, which is no loss': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    await log.append('b');
    const all = await log.appendMany(MANY, 'a');
    const { after, forgiven, lost } = await log.locate('a', 'earliest');
    const result = await log.read('a', { after });
    assert.equal(lost, undefined);
    assertForgiven(result, forgiven);
    assert.ok(result.records.length >= 10);
    assertRecords(result.records, all.slice(-result.records.length));
  },

  'begins at its end where the asked topics hold nothing': async ({ open }) => {
    const log = await open();
    const { offset } = await log.append('a');
    for (const start of ['earliest', { last: 5 }] as const) {
      const { after, lost } = await log.locate('b', start);
      assert.deepEqual({ after, lost }, { after: offset, lost: undefined });
    }
  },

  'begins before the last n records of all asked topics together': async ({ open }) => {
    const log = await open();
    const names = ['a', 'b', 'a b', 'c'];
    const all = await Promise.all(Array.from({ length: 40 }, (_, n) => log.append(names[n % 4]!)));
    const asked = all.filter(({ keys }) => !keys.includes('t:c'));
    for (const last of [0, 1, 2, 7, 30]) {
      const { after, lost } = await log.locate('a b', { last });
      assert.equal(lost, undefined);
      assertRecords((await log.read('a b', { after })).records, asked.slice(asked.length - last));
    }
  },

  'begins before all that is retained where that is fewer than the last n': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    const all = await log.appendMany(MANY, 'a');
    const { after, forgiven, lost } = await log.locate('a', { last: MANY });
    const result = await log.read('a', { after });
    assert.equal(lost, undefined);
    assertForgiven(result, forgiven);
    assertRecords(result.records, all.slice(-result.records.length));
  },

  'resumes behind the event that has the id': async ({ open }) => {
    const log = await open();
    const all = await appendIds(log, 'a', ['1', '2', '3', '4']);
    const { after, lost } = await log.locate('a', { id: '2' });
    assert.equal(lost, undefined);
    assertRecords((await log.read('a', { after })).records, all.slice(2));
  },

  'resumes behind the first of the events that share the id': async ({ open }) => {
    const log = await open();
    const all = await appendIds(log, 'a', ['1', '2', '2', '2', '3']);
    const { after, lost } = await log.locate('a', { id: '2' });
    assert.equal(lost, undefined);
    assertRecords((await log.read('a', { after })).records, all.slice(2));
  },

  'resumes behind the first event that has the id in any of the asked topics': async ({ open }) => {
    const log = await open();
    const all = [
      await log.append('a', { id: '1' }),
      await log.append('b', { id: '1' }),
      await log.append('b', { id: '2' }),
      await log.append('a', { id: '2' }),
      await log.append('a', { id: '3' }),
    ];
    const { after, lost } = await log.locate('a b', { id: '2' });
    assert.equal(lost, undefined);
    assertRecords((await log.read('a b', { after })).records, all.slice(3));
  },

  'knows the ids of the asked topics only': async ({ open }) => {
    const log = await open();
    await log.append('b', { id: '1' });
    const a = await log.append('a', { id: '2' });
    const { after, lost } = await log.locate('a', { id: '1' });
    assert.equal(lost, 'unknown-id');
    assertRecords((await log.read('a', { after })).records, [a]);
  },

  'tells of an id that it does not know, and begins with the oldest': async ({ open }) => {
    const log = await open();
    const all = await appendIds(log, 'a', ['1', '2']);
    const { after, lost } = await log.locate('a', { id: 'unknown' });
    assert.equal(lost, 'unknown-id');
    assertRecords((await log.read('a', { after })).records, all);
  },

  'is never silent where events behind an id are gone': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    await appendIds(log, 'a', ['1', '2']);
    const all = await log.appendMany(MANY, 'a');
    for (const id of ['1', '2']) {
      const { after, lost } = await log.locate('a', { id });
      const result = await log.read('a', { after });
      assert.ok(lost !== undefined || result.losses.length > 0, 'nothing tells of the loss');
      assertRecords(result.records, all.slice(-result.records.length));
    }
  },

  'is never silent where the first of the events that share the id is gone': async ({ open }) => {
    const log = await open({ retention: { count: 10 } });
    await log.append('a', { id: 'before' });
    const run = await Promise.all(Array.from({ length: MANY }, () => log.append('a', { id: 'run' })));
    const { after, lost } = await log.locate('a', { id: 'run' });
    const result = await log.read('a', { after });
    assert.ok(lost !== undefined || result.losses.length > 0, 'nothing tells of the loss');
    assert.ok(result.records.length >= 10, 'what is retained is given, rather twice than never');
    assertRecords(result.records, run.slice(-result.records.length));
  },

  'skips nothing that is retained where one topic has lost the id and another has it': async ({ open }) => {
    const log = await open({ retention: { count: 2 } });
    await log.append('a', { id: 'x' });
    const kept = [
      await log.append('a'),
      await log.append('a'),
      await log.append('b', { id: 'x' }),
      await log.append('b'),
    ];
    const { after } = await log.locate('a b', { id: 'x' });
    const { records } = await log.read('a b', { after });
    const missing = kept.filter(({ offset }) => !records.some((record) => record.offset === offset));
    assertRecords(missing, []);
  },

  'lets directly consecutive events of a topic share an id': async ({ open }) => {
    const log = await open();
    const all = await appendIds(log, 'a', ['1', '1', '1', '2']);
    assertRecords(await log.readOn('a', 0, Infinity), all);
  },

  'refuses an id that an earlier event of the topic has, where another came between': async ({ open }) => {
    const log = await open();
    await appendIds(log, 'a', ['1', '2']);
    await assertRefused(() => log.append('a', { id: '1' }), 'ID_REUSED');
    await log.append('b', { id: '3' });
    await log.append('b');
    await assertRefused(() => log.append('b', { id: '3' }), 'ID_REUSED');
  },

  'refuses an id that is reused in one of several topics': async ({ open }) => {
    const log = await open();
    await appendIds(log, 'a', ['1', '2']);
    await assertRefused(() => log.append('b a', { id: '1' }), 'ID_REUSED');
  },

  'lets topics have the same ids': async ({ open }) => {
    const log = await open();
    const all = [
      ...(await appendIds(log, 'a', ['1', '2'])),
      ...(await appendIds(log, 'b', ['1', '2'])),
      ...(await appendIds(log, 'user:a', ['1', '2'])),
    ];
    assertRecords(await log.readOn('a b user:a', 0, Infinity), all);
  },
};

async function appendIds(log: OpenedLog, names: string, ids: readonly string[]) {
  return Promise.all(ids.map((id) => log.append(names, { id })));
}
