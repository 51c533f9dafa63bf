import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LogRecord } from 'nestjs-sse-hub';
import { lmdbLog, type LmdbLog } from 'nestjs-sse-hub/lmdb';
import { CompiledLibrary } from '../support/compiled-library.js';
import { read } from '../support/documents.js';
import { seed, seededRandom } from '../support/seeded-random.js';

// The whole size is 200; what is run with all other tests is less.
const KILLS = Number(process.env['LMDB_KILLS'] ?? 12);
const LONGEST_MS = 150;

let library: CompiledLibrary;
const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-kills-'));

beforeAll(() => {
  library = new CompiledLibrary();
  library.write('main.js', read('test/faults/lmdb-appender.ts'));
});

afterAll(async () => {
  await library.remove();
  rmSync(folder, { recursive: true, force: true });
});

test(
  `A log on the disk has every acknowledged event after ${KILLS} kills, and uses no position twice (SEED=${seed})`,
  async () => {
    const random = seededRandom(seed);
    const acknowledged = new Map<number, string>();
    let epoch: string | undefined;
    let acknowledgedByKill = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const sync = kill % 4 === 3 ? 'event' : 'grouped';
      const appender = library.run('main.js', { LOG: folder, RUN: String(kill), SYNC: sync });
      await appender.untilOutput(/open/);
      await delay(random() * LONGEST_MS);
      await appender.stop('SIGKILL');
      const before = acknowledged.size;
      // The last line may have been cut.
      for (const line of appender.output().split('\n').slice(1, -1)) {
        const [offset, number] = line.split(' ');
        expect(acknowledged.has(Number(offset))).toBe(false);
        acknowledged.set(Number(offset), `${kill} ${number}`);
      }
      if (acknowledged.size > before) acknowledgedByKill++;
      const log = await opened();
      epoch ??= log.epoch;
      expect(log.epoch).toBe(epoch);
      expect(missing(log, acknowledged)).toEqual([]);
      await log.close();
    }
    expect(acknowledgedByKill).toBeGreaterThan(KILLS / 2);
    console.log(`${KILLS} kills, ${acknowledged.size} acknowledged events, SEED=${seed}`);
  },
  60_000 + KILLS * 3_000,
);

async function opened(): Promise<LmdbLog> {
  const log = lmdbLog({ path: folder, retention: { count: Infinity, bytes: Infinity, age: Infinity } });
  await log.open({ committed: () => undefined });
  return log;
}

/** What was acknowledged and is not there, or is another event; and what is there twice. */
function missing(log: LmdbLog, acknowledged: ReadonlyMap<number, string>): string[] {
  const { records } = log.read({ keys: ['t:a', 't:b'], after: 0, limit: Infinity });
  const found = new Map(records.map((record) => [record.offset, textOf(record)]));
  const wrong = [...acknowledged].filter(([offset, text]) => found.get(offset) !== text);
  const isEachOnce = new Set(found.values()).size === records.length;
  return [
    ...wrong.map(([offset, text]) => `${offset}: ${text}`),
    ...(isEachOnce ? [] : ['an event is there twice']),
  ];
}

function textOf({ body }: LogRecord): string {
  return body.slice('data:'.length).trim();
}
