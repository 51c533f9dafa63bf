import assert from 'node:assert/strict';
import { assertLossTold, assertRecords, assertRefused, assertRising, type Promises } from './opened-log.js';

const MANY = 1_000;

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

  'knows idempotency keys, and reused ids, after it was opened again': async ({ open, reopen }) => {
    const log = await open();
    const first = await log.append('a', { id: '1', idempotencyKey: 'k' });
    await log.append('a', { id: '2' });
    await log.log.close();
    const again = await reopen(log);
    assert.equal((await again.append('a', { id: '1', idempotencyKey: 'k' })).offset, first.offset);
    await assertRefused(() => again.append('a', { id: '1' }), 'ID_REUSED');
  },

  'tells of the losses from before it was opened again': async ({ open, reopen }) => {
    const log = await open({ retention: { count: 10 } });
    const all = await log.appendMany(MANY, 'a');
    await log.log.close();
    const again = await reopen(log);
    assert.ok(assertLossTold(await again.read('a'), all) > 0);
  },

  'has what it acknowledged before it was closed in the midst of appends': async ({ open, reopen }) => {
    const log = await open();
    const appends = Promise.allSettled(Array.from({ length: 50 }, () => log.append('a')));
    await log.log.close();
    const acknowledged = (await appends).flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const again = await reopen(log);
    const has = new Set(acknowledged.map(({ offset }) => offset));
    const read = await again.readOn('a', 0, Infinity);
    assertRecords(
      read.filter(({ offset }) => has.has(offset)),
      acknowledged,
    );
  },
};

/** Of logs that several nodes share. */
export const sharing: Promises = {
  'gives all nodes the same order, by the tail and by reading': async ({ open, join }) => {
    const one = await open();
    const other = await join(one);
    assert.equal(other.log.epoch, one.log.epoch);
    for (const node of [one, other]) node.follow('a');
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

  'appends once what has the same idempotency key on any node': async ({ open, join }) => {
    const one = await open();
    const other = await join(one);
    const [first, second] = await Promise.all([
      one.append('a', { idempotencyKey: 'k' }),
      other.append('a', { idempotencyKey: 'k' }),
    ]);
    assert.equal(first.offset, second.offset);
    assert.equal((await other.read('a')).records.length, 1);
  },

  'refuses an id that is reused on another node': async ({ open, join }) => {
    const one = await open();
    const other = await join(one);
    await one.append('a', { id: '1' });
    await other.append('a', { id: '2' });
    await assertRefused(() => one.append('a', { id: '1' }), 'ID_REUSED');
    await other.append('a', { id: '2' });
  },
};
