import assert from 'node:assert/strict';
import { assertRecords, assertRising, type Promises } from './opened-log.js';

/** Of logs that are durable. */
export const surviving: Promises = {
  'has everything that it acknowledged after it was closed and opened again': async ({ open, reopen }) => {
    const log = await open();
    const all = [
      ...(await log.appendMany(50, 'a')),
      await log.append('a b', { id: 'own' }),
      await log.append('user:u'),
    ];
    await log.log.close();
    const again = await reopen(log);
    assert.equal(again.log.epoch, log.log.epoch);
    assert.equal(again.begin, all.at(-1)!.offset);
    assertRecords(await again.readOn('a b user:u', 0, 100), all);
    assert.equal((await again.locate('b', { id: 'own' })).after, all[50]!.offset);
  },

  'goes on behind its last offset after it was opened again': async ({ open, reopen }) => {
    const log = await open();
    const before = await log.appendMany(5, 'a');
    await log.log.close();
    const again = await reopen(log);
    const after = await again.appendMany(5, 'a');
    assertRising([...before, ...after]);
    await again.untilTold(after.at(-1)!.offset);
    assertRecords(again.told, after);
  },
};

/** Of logs that several nodes share. */
export const sharing: Promises = {
  'gives all nodes the same order, by the tail and by reading': async ({ open, join }) => {
    const one = await open();
    const other = await join(one);
    assert.equal(other.log.epoch, one.log.epoch);
    const [ones, others] = await Promise.all([one.appendMany(100, 'a'), other.appendMany(100, 'a')]);
    const all = [...ones, ...others].sort((a, b) => a.offset - b.offset);
    assertRising(all);
    for (const node of [one, other]) {
      await node.untilTold(all.at(-1)!.offset);
      assertRecords(node.told, all);
      assertRecords(await node.readOn('a', 0, 500), all);
    }
  },

  'lets a node that joins later read what was before': async ({ open, join }) => {
    const one = await open();
    const all = await one.appendMany(10, 'a');
    const other = await join(one);
    assert.ok(other.begin >= all.at(-1)!.offset);
    assertRecords(await other.readOn('a', 0, Infinity), all);
    assertRecords(other.told, []);
  },
};
