import assert from 'node:assert/strict';
import { assertRecords, assertRefused, assertRising, entry, type Promises } from './opened-log.js';

export const order: Promises = {
  'names its epoch with eight characters of 0-9 and a-z, and no other log has it': async ({ open }) => {
    const { log } = await open();
    const { log: other } = await open();
    assert.match(log.epoch, /^[0-9a-z]{8}$/);
    assert.notEqual(log.epoch, other.epoch);
  },

  'begins at 0 and ends with its last record': async ({ open }) => {
    const log = await open();
    assert.equal(log.begin, 0);
    assert.equal(await log.end(), 0);
    await log.append('a');
    const { offset } = await log.append('b');
    assert.equal(await log.end(), offset);
  },

  'gives records rising offsets in the order of the appends, though nobody waits in between': async ({
    open,
  }) => {
    const log = await open();
    assertRising(await log.appendMany(200, 'a'));
  },

  'keeps one order over all topics': async ({ open }) => {
    const log = await open();
    const names = ['a', 'b', 'user:u', 'broadcast', 'a b'];
    const all = await Promise.all(Array.from({ length: 100 }, (_, n) => log.append(names[n % 5]!)));
    assertRising(all);
    assertRecords(await log.readOn('a b user:u broadcast', 0, Infinity), all);
  },

  'tells the tail of every record once, in order and unchanged': async ({ open }) => {
    const log = await open();
    const names = ['a', 'b', 'user:u', 'broadcast', 'a b c'];
    const all = await Promise.all(
      Array.from({ length: 100 }, (_, n) => log.append(names[n % 5]!, { id: `id ${n}` })),
    );
    await log.untilTold(all.at(-1)!.offset);
    assertRecords(log.told, all);
  },

  'keeps every kind of data and every character': async ({ open }) => {
    const log = await open();
    const all = [
      await log.appendEntry({ ...entry('a'), kind: 'text', body: 'event:é\ndata:ω €\u2028 🂡\u0000\n\n' }),
      await log.appendEntry({ ...entry('a'), kind: 'json', body: 'data:{"a":[1,null,"\\ud800"]}\n\n' }),
      await log.appendEntry({ ...entry('a'), kind: 'base64', body: 'data:AAH/\n\n' }),
      await log.appendEntry({ ...entry('ω 🂡 user:é'), id: '€ 🂡', keys: ['t:ω \n🂡'] }),
    ];
    assertRecords(await log.readOn('a', 0, Infinity), all.slice(0, 3));
    const last = await log.log.read({ keys: ['t:ω \n🂡'], after: 0, limit: Infinity });
    assertRecords(last.records, all.slice(3));
  },

  'leaves nothing behind of an append that it refuses': async ({ open }) => {
    const log = await open();
    const kept = [await log.append('a', { id: '1' }), await log.append('a', { id: '2' })];
    const end = await log.end();
    await assertRefused(() => log.append('b a', { id: '1' }), 'ID_REUSED');
    assert.equal(await log.end(), end);
    kept.push(await log.append('a b', { id: '3' }));
    await log.untilTold(kept[2]!.offset);
    assertRecords(log.told, kept);
    assertRecords(await log.readOn('a', 0, Infinity), kept);
    assertRecords(await log.readOn('b', 0, Infinity), kept.slice(2));
  },

  'appends what follows a refused append in order': async ({ open }) => {
    const log = await open();
    await log.append('a', { id: '1' });
    const [second, refused, third] = await Promise.allSettled([
      log.append('a', { id: '2' }),
      log.append('a', { id: '1' }),
      log.append('a', { id: '3' }),
    ]);
    assert.equal(refused.status, 'rejected');
    assert.ok(second.status === 'fulfilled' && third.status === 'fulfilled');
    assertRising([second.value, third.value]);
  },

  'refuses appends with HUB_CLOSED after it was closed': async ({ open }) => {
    const log = await open();
    await log.append('a');
    await log.log.close();
    await assertRefused(() => log.append('a'), 'HUB_CLOSED');
  },

  'does not call the tail any more after it was closed': async ({ open }) => {
    const log = await open();
    const pending = Promise.allSettled([log.append('a'), log.append('a')]);
    await log.log.close();
    const told = log.told.length;
    await log.inTime(pending, 'an append must not hang when the log is closed');
    await log.append('a').catch(() => undefined);
    assert.equal(log.told.length, told);
  },

  'belongs to one: it is refused to another, and goes on for the first': async ({ open }) => {
    const log = await open();
    const another = { committed: () => assert.fail('another tail was told') };
    await assertRefused(async () => log.log.open(another), 'INVALID_OPTION');
    const { offset } = await log.append('a');
    await log.untilTold(offset);
  },

  'can be closed twice': async ({ open }) => {
    const log = await open();
    await log.log.close();
    await log.log.close();
  },
};
