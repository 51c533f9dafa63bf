import assert from 'node:assert/strict';
import type { Awaitable } from '../async/awaitable.js';
import type { EventLog } from '../log/event-log.js';
import { locating } from './event-log/locating.js';
import { loss } from './event-log/loss.js';
import { OpenedLog, type LogLimits, type Opener, type Promises } from './event-log/opened-log.js';
import { failing, idempotency, states } from './event-log/states.js';
import { order } from './event-log/order.js';
import { reading } from './event-log/reading.js';
import { sharing, surviving } from './event-log/surviving.js';

export type { LogLimits } from './event-log/opened-log.js';

/** What the suite needs to prove an {@link EventLog}. */
export interface EventLogSuite {
  /** The runner's way to declare a test: Jest's, Vitest's or node:test's `test`. */
  readonly test: (name: string, prove: () => Promise<void>) => unknown;
  /** Makes a fresh, empty log that is not opened yet, and keeps as much as the limits say. */
  readonly createLog: (limits?: LogLimits) => Awaitable<EventLog>;
  /** For a durable log: the same log again after it was closed, not opened yet. */
  readonly reopenLog?: (log: EventLog) => Awaitable<EventLog>;
  /** For a distributed log: another node of an open log, not opened yet. */
  readonly joinLog?: (log: EventLog) => Awaitable<EventLog>;
  /**
   * For a log that can fail: has an open log fail, and answers with what ends that. Its disk is full for instance, or its
   * server away.
   */
  readonly failLog?: (log: EventLog) => Awaitable<() => Awaitable<void>>;
  /**
   * Milliseconds to wait for what a log does by itself: tell its tail, take away what is too old.
   * @default 5_000
   */
  readonly patience?: number;
}

/**
 * Declares the tests that every {@link EventLog} has to pass: the duties of the port, one test for each sentence.
 * What a log `supports` must be shown, so a durable log needs `reopenLog` and a distributed one `joinLog`.
 *
 *     import { test } from 'node:test';
 *     import { testEventLog } from 'nestjs-sse-hub/testing';
 *
 *     testEventLog({ test, createLog: (limits) => new MyLog(limits) });
 */
export function testEventLog(suite: EventLogSuite): void {
  const { test, createLog, reopenLog, joinLog, failLog } = suite;
  declare(suite, { ...order, ...reading, ...loss, ...locating, ...idempotency, ...states });
  if (reopenLog !== undefined) declare(suite, surviving);
  if (joinLog !== undefined) declare(suite, sharing);
  if (failLog !== undefined) declare(suite, failing);
  test('shows what it says to support', async () => {
    const log = await createLog();
    const { supports } = log;
    assert.equal(supports.durable, reopenLog !== undefined, 'durable is shown by reopenLog');
    assert.equal(supports.distributed, joinLog !== undefined, 'distributed is shown by joinLog');
    assert.equal(log.health !== undefined, failLog !== undefined, 'health is shown by failLog');
  });
}

function declare(suite: EventLogSuite, promises: Promises): void {
  for (const [sentence, prove] of Object.entries(promises)) {
    suite.test(sentence, () => closingAll(suite, prove));
  }
}

async function closingAll(suite: EventLogSuite, prove: (opener: Opener) => Promise<void>): Promise<void> {
  const { createLog, reopenLog, joinLog, failLog, patience = 5_000 } = suite;
  const opened: OpenedLog[] = [];
  const follow = (log: EventLog) => {
    const it = new OpenedLog(log, patience);
    opened.push(it);
    return it;
  };
  const open = (log: EventLog) => follow(log).open();
  try {
    await prove({
      create: async () => follow(await createLog()),
      open: async (limits) => open(await createLog(limits)),
      reopen: async ({ log }) => open(await reopenLog!(log)),
      join: async ({ log }) => open(await joinLog!(log)),
      fail: async ({ log }) => failLog!(log),
    });
  } finally {
    for (const { log } of opened.reverse()) await log.close();
  }
}
