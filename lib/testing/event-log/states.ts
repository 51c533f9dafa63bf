import assert from 'node:assert/strict';
import {
  assertRecords,
  assertRefused,
  assertRising,
  type Appended,
  type OpenedLog,
  type Promises,
} from './opened-log.js';

// What an append may be rejected with for the log's own sake.
const FAILURES: ReadonlySet<string | undefined> = new Set([
  'HUB_CLOSED',
  'LOG_UNAVAILABLE',
  'LOG_IN_USE',
  'OUTCOME_UNKNOWN',
]);

/** Of a log that is not open yet, opens, closes or is closed. */
export const states: Promises = {
  'refuses appends with HUB_CLOSED before it is opened': async ({ create }) => {
    const log = await create();
    await assertRefused(() => log.append('a'), 'HUB_CLOSED');
  },

  'has everything that it acknowledged while it opened, and answers whatever else it is asked': async ({
    create,
  }) => {
    const log = await create();
    const opening = log.open();
    const appends = appendSettled(log, 5);
    await Promise.allSettled([
      log.end(),
      log.read('a'),
      log.locate('a', 'earliest'),
      log.locate('a', { id: 'x' }),
    ]);
    await opening;
    const acknowledged = await appends;
    assertRecords(await log.readOn('a', 0, Infinity), acknowledged);
    await log.append('a');
  },

  'is closed when it was closed while it opened': async ({ create }) => {
    const log = await create();
    const opening = Promise.resolve(log.open()).catch(() => undefined);
    await log.log.close();
    await opening;
    await assertRefused(() => log.append('a'), 'HUB_CLOSED');
    assert.deepEqual(log.told, []);
  },

  'settles every append that is under way when it is closed': async ({ open }) => {
    const log = await open();
    const appends = appendSettled(log, 50);
    await log.log.close();
    assertRising(await log.inTime(appends, 'an append must not hang when the log is closed'));
  },

  'answers or refuses what it is asked after it was closed': async ({ open }) => {
    const log = await open();
    const { offset } = await log.append('a', { id: 'x' });
    await log.log.close();
    const answers = Promise.allSettled([
      log.end(),
      log.read('a'),
      log.locate('a', 'earliest'),
      log.locate('a', { last: 1 }),
      log.locate('a', { id: 'x' }),
    ]);
    const [end, read, ...located] = await log.inTime(answers, 'a closed log must not leave a question open');
    if (end.status === 'fulfilled') assert.equal(end.value, offset);
    if (read.status === 'fulfilled') assert.equal(read.value.records.at(-1)?.offset, offset);
    for (const place of located) if (place.status === 'fulfilled') assert.ok(place.value.after <= offset);
  },
};

/** Of idempotency keys. */
export const idempotency: Promises = {
  'appends once what has the same idempotency key': async ({ open }) => {
    const log = await open();
    const first = await log.append('a', { id: '1', idempotencyKey: 'k' });
    const between = await log.append('a', { id: '2' });
    const second = await log.append('a', { id: '1', idempotencyKey: 'k' });
    assert.equal(second.offset, first.offset);
    assertRecords(await log.readOn('a', 0, Infinity), [first, between]);
    await log.untilTold((await log.append('a')).offset);
    assert.equal(log.told.filter(({ offset }) => offset === first.offset).length, 1);
  },

  'appends once what has the same idempotency key while the first is under way': async ({ open }) => {
    const log = await open();
    const attempts = Array.from({ length: 5 }, () => log.append('a', { idempotencyKey: 'k' }));
    const appending = log.append('a', { idempotencyKey: 'another' });
    const offsets = (await Promise.all(attempts)).map(({ offset }) => offset);
    const other = await appending;
    assert.deepEqual(
      offsets,
      Array.from({ length: 5 }, () => offsets[0]),
    );
    const { records } = await log.read('a');
    assert.deepEqual(
      records.map(({ offset }) => offset),
      [offsets[0], other.offset],
    );
  },

  'frees the idempotency key of an append that it refused': async ({ open }) => {
    const log = await open();
    const before = [await log.append('a', { id: '1' }), await log.append('a', { id: '2' })];
    await assertRefused(() => log.append('a', { id: '1', idempotencyKey: 'k' }), 'ID_REUSED');
    const next = await log.append('a', { id: '3', idempotencyKey: 'k' });
    assertRecords(await log.readOn('a', 0, Infinity), [...before, next]);
  },
};

/** Of a log that can be made to fail. */
export const failing: Promises = {
  'refuses appends while it fails, and its health says so': async ({ open, fail }) => {
    const log = await open();
    const heal = await fail(log);
    assert.ok(log.log.health !== undefined, 'a log that can fail has a health');
    await log.eventually(
      async () => appendSettled(log, 1),
      (acknowledged) => acknowledged.length === 0,
      'a log that fails must refuse appends',
    );
    await assert.rejects(async () => log.log.health!());
    await heal();
  },

  'has everything that it acknowledged, once and in order, when it fails no more': async ({ open, fail }) => {
    const log = await open();
    const before = await log.appendMany(10, 'a');
    const heal = await fail(log);
    const meanwhile = await appendSettled(log, 10);
    await heal();
    const next = await appendWhenHealthy(log);
    const acknowledged = [...before, ...meanwhile, next];
    await log.untilTold(next.offset);
    const read = await log.readOn('a', 0, 1_000);
    // What was not acknowledged may be there too, since nobody may have been told whether it is.
    const has = new Set(acknowledged.map(({ offset }) => offset));
    assertRising(read);
    assertRecords(
      read.filter(({ offset }) => has.has(offset)),
      acknowledged,
    );
    assertRecords(log.told, read);
  },

  'can be closed while it fails': async ({ open, fail }) => {
    const log = await open();
    const heal = await fail(log);
    const appends = appendSettled(log, 5);
    await log.log.close();
    await appends;
    await assertRefused(() => log.append('a'), 'HUB_CLOSED');
    await heal();
  },
};

/** Appends to the topic a; answers with what was acknowledged when all of it is settled, and allows only failures of the log. */
async function appendSettled(log: OpenedLog, count: number): Promise<Appended[]> {
  const acknowledged: Appended[] = [];
  await Promise.all(
    Array.from({ length: count }, async () => {
      try {
        acknowledged.push(await log.append('a'));
      } catch (error) {
        const { code } = error as { code?: string };
        assert.ok(FAILURES.has(code), `an append must not fail with ${String(error)}`);
      }
    }),
  );
  return acknowledged.sort((one, other) => one.offset - other.offset);
}

async function appendWhenHealthy(log: OpenedLog): Promise<Appended> {
  const [appended] = await log.eventually(
    async () => appendSettled(log, 1),
    ({ length }) => length === 1,
    'a log that fails no more must take appends',
  );
  return appended!;
}
