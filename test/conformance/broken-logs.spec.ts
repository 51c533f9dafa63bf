import { describe, expect, test } from '@jest/globals';
import {
  memoryLog,
  type EventLog,
  type LogRecord,
  type LogTail,
  type Loss,
  type ReadResult,
} from 'nestjs-sse-hub';
import { testEventLog, type LogLimits } from 'nestjs-sse-hub/testing';
import { SharedLog } from './shared-log.js';

type Break = (log: EventLog) => Partial<EventLog>;

/** What is wrong with a log, how it is made so, and one of the sentences that it must fail. */
const broken: readonly (readonly [wrong: string, make: Break, sentence: string])[] = [
  [
    'drops one record of an answer',
    breakRead((result) => ({ ...result, records: result.records.filter((_, index) => index !== 20) })),
    'keeps one order over all topics',
  ],
  [
    'gives one record late',
    breakRead((result) => ({ ...result, records: swapped(result.records) })),
    'merges topics in the order of the log',
  ],
  [
    'gives one record twice',
    breakRead((result) => ({ ...result, records: [...result.records.slice(0, 1), ...result.records] })),
    'gives a record of several asked topics once',
  ],
  [
    'hides a loss',
    breakRead((result) => ({ ...result, losses: [] })),
    'tells what retention by count took away, and keeps the newest',
  ],
  [
    'tells of a loss too small',
    breakLosses((losses) => losses.map((loss) => ({ ...loss, upTo: 1 }))),
    'tells what retention by bytes took away, and keeps the newest',
  ],
  [
    'counts one loss too few',
    breakLosses((losses) => losses.map((loss) => ({ ...loss, count: 1 }))),
    'tells what retention by count took away, and keeps the newest',
  ],
  [
    'always tells of a loss',
    breakLosses((_losses, end) => [{ key: 't:a', upTo: end, count: undefined }]),
    'tells of no loss while everything is retained',
  ],
  [
    'tells of the loss of one topic only',
    breakLosses((losses) => losses.slice(0, 1)),
    'tells what each topic has lost by itself',
  ],
  [
    'tells of one loss for all topics',
    breakLosses((losses) => {
      const upTo = Math.max(...losses.map((loss) => loss.upTo));
      return losses.map((loss) => ({ ...loss, upTo }));
    }),
    'tells what each topic has lost by itself',
  ],
  [
    'says that it has read to its end when it has not',
    breakRead((result) => ({ ...result, through: result.end })),
    'reads on from where an answer ended without a hole or a double, whatever the limit',
  ],
  [
    'never says that it has read to its end',
    breakRead((result) => ({ ...result, through: result.records.at(-1)?.offset ?? 0 })),
    'reaches its end where the limit was not reached, also when the last records are of other topics',
  ],
  [
    'overlooks where topics begin later',
    (log) => ({ read: ({ keys, after, limit }) => log.read({ keys, after, limit }) }),
    'reads topics that begin later from where they begin',
  ],
  [
    'goes back to where a topic began when that is read already',
    (log) => ({
      read: ({ later, after, ...query }) =>
        log.read({ ...query, later, after: Math.min(after, ...(later?.values() ?? [])) }),
    }),
    'reads on from the asked offset where it is behind the place at which a topic began',
  ],
  [
    'looks at the asked topics when its caller has changed them',
    (log) => ({
      read: async (query) => {
        await Promise.resolve();
        return log.read(query);
      },
    }),
    'reads the topics that it was asked for, though the caller changes its set meanwhile',
  ],
  [
    'gives an offset twice',
    (log) => ({ append: async (entry) => Math.ceil((await log.append(entry)) / 2) }),
    'gives records rising offsets in the order of the appends, though nobody waits in between',
  ],
  [
    'appends in another order than that of the calls',
    (log) => {
      let calls = 0;
      return {
        append: async (entry) => {
          if (calls++ % 2 === 0) await Promise.resolve();
          return log.append(entry);
        },
      };
    },
    'keeps one order over all topics',
  ],
  [
    'does not tell its tail of one record',
    breakTail((record, tail) => {
      if (record.offset !== 7) tail.committed(record);
    }),
    'tells the tail of every record once, in order and unchanged',
  ],
  [
    'tells its tail of a record twice',
    breakTail((record, tail) => {
      tail.committed(record);
      if (record.offset === 7) tail.committed(record);
    }),
    'tells the tail of every record once, in order and unchanged',
  ],
  [
    'tells its tail of what it refuses',
    (log) => {
      let follower: LogTail;
      return {
        open: (tail) => log.open((follower = tail)),
        append: async (entry) => {
          try {
            return await log.append(entry);
          } catch (error) {
            follower.committed({ ...entry, offset: 1_000 });
            throw error;
          }
        },
      };
    },
    'leaves nothing behind of an append that it refuses',
  ],
  [
    'lets another tail take the place of the first',
    (log) => {
      let latest: LogTail | undefined;
      return {
        open: (tail) => {
          const isFirst = latest === undefined;
          latest = tail;
          return isFirst ? log.open({ committed: (record) => latest?.committed(record) }) : log.end();
        },
      };
    },
    'belongs to one: it is refused to another, and goes on for the first',
  ],
  [
    'forgets own ids',
    (log) => ({ append: (entry) => log.append({ ...entry, id: undefined }) }),
    'tells the tail of every record once, in order and unchanged',
  ],
  [
    'resumes behind the last of the events that share an id',
    (log) => ({
      locate: async (keys, start) => {
        const located = await log.locate(keys, start);
        if (typeof start === 'string' || 'last' in start) return located;
        const { records } = await log.read({ keys, after: 0, limit: Infinity });
        const last = records.findLast(({ id }) => id === start.id);
        return last === undefined ? located : { ...located, after: last.offset };
      },
    }),
    'resumes behind the first of the events that share the id',
  ],
  [
    'knows every id',
    (log) => ({ locate: async (keys, start) => ({ ...(await log.locate(keys, start)), lost: undefined }) }),
    'tells of an id that it does not know, and begins with the oldest',
  ],
  [
    'blames a stream from the oldest record for what was before',
    (log) => ({
      locate: async (keys, start) => ({ ...(await log.locate(keys, start)), after: 0, forgiven: new Map() }),
    }),
    'begins with the oldest retained record, which is no loss',
  ],
  [
    'does not look at idempotency keys',
    (log) => ({ append: (entry) => log.append(entry) }),
    'appends once what has the same idempotency key',
  ],
  [
    'remembers the idempotency key of what it refuses',
    (log) => {
      const offsets = new Map<string | undefined, number>();
      return {
        append: (entry, key) => {
          if (key !== undefined && offsets.has(key)) return offsets.get(key)!;
          offsets.set(key, log.end() as number);
          return log.append(entry, key);
        },
      };
    },
    'frees the idempotency key of an append that it refused',
  ],
  [
    'takes appends before it is open',
    (log) => ({ append: (entry) => (log.end() === 0 ? 1 : log.append(entry)) }),
    'refuses appends with HUB_CLOSED before it is opened',
  ],
  [
    'forgets an append when it is closed',
    (log) => {
      let isClosed = false;
      return {
        append: async (entry) => {
          const offset = await log.append(entry);
          return isClosed ? new Promise<number>(() => undefined) : offset;
        },
        close: () => {
          isClosed = true;
          return log.close();
        },
      };
    },
    'settles every append that is under way when it is closed',
  ],
  [
    'says to be durable and does not show it',
    () => ({ supports: { durable: true, distributed: false } }),
    'shows what it says to support',
  ],
];

describe('The conformance suite', () => {
  test.each(broken)('fails a log that %s', async (_wrong, make, sentence) => {
    expect(await failuresOf((limits) => breaking(memoryLog(limits), make))).toContain(sentence);
  });

  test('fails a durable log that has lost an acknowledged event', async () => {
    const failures = await failuresOf((limits) => SharedLog.create(limits), anotherThatLostOne);
    expect(failures).toContain('has everything that it acknowledged after it was closed and opened again');
  });

  test('fails nothing of a log that is not broken', async () => {
    expect(await failuresOf((limits) => breaking(memoryLog(limits), () => ({})))).toEqual([]);
  });
});

function breaking(log: EventLog, make: Break): EventLog {
  const { supports, epoch } = log;
  return {
    supports,
    epoch,
    open: (tail) => log.open(tail),
    append: (entry, idempotencyKey) => log.append(entry, idempotencyKey),
    end: () => log.end(),
    read: (query) => log.read(query),
    locate: (keys, start) => log.locate(keys, start),
    close: () => log.close(),
    ...make(log),
  };
}

function breakRead(change: (result: ReadResult) => ReadResult): Break {
  return (log) => ({ read: async (query) => change(await log.read(query)) });
}

function breakLosses(change: (losses: readonly Loss[], end: number) => readonly Loss[]): Break {
  return breakRead((result) => ({ ...result, losses: change(result.losses, result.end) }));
}

function anotherThatLostOne(log: EventLog): EventLog {
  const loseOne = breakRead((result) => ({ ...result, records: result.records.slice(1) }));
  return breaking(SharedLog.another(log), loseOne);
}

function breakTail(tell: (record: LogRecord, tail: LogTail) => void): Break {
  return (log) => ({ open: (tail) => log.open({ committed: (record) => tell(record, tail) }) });
}

function swapped(records: readonly LogRecord[]): LogRecord[] {
  const [first, second, ...others] = records;
  return second === undefined ? [...records] : [second, first!, ...others];
}

/** The sentences that the log fails. */
async function failuresOf(
  createLog: (limits?: LogLimits) => EventLog,
  reopenLog?: (log: EventLog) => EventLog,
): Promise<string[]> {
  const tests: (readonly [string, () => Promise<void>])[] = [];
  testEventLog({
    test: (name, prove) => tests.push([name, prove]),
    createLog,
    ...(reopenLog && { reopenLog, joinLog: reopenLog }),
    patience: 100,
  });
  const failures: string[] = [];
  for (const [name, prove] of tests) await prove().catch(() => failures.push(name));
  return failures;
}
