import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, jest, test } from '@jest/globals';
import { open } from 'lmdb';
import type { EventLog } from 'nestjs-sse-hub';
import { lmdbLog, type LmdbLogOptions } from 'nestjs-sse-hub/lmdb';
import { testEventLog } from 'nestjs-sse-hub/testing';
import { mountSmallDisk } from '../support/small-disk.js';

const disk = mountSmallDisk(64);
const folder = disk?.path ?? mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-lmdb-'));

// LMDB's own words about a full disk.
jest.spyOn(console, 'error').mockImplementation(() => undefined);

afterAll(() => {
  disk?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const options = new WeakMap<EventLog, LmdbLogOptions>();
let made = 0;

function create(given: LmdbLogOptions): EventLog {
  const log = lmdbLog(given);
  options.set(log, given);
  return log;
}

/** Fills the disk; where that cannot be done here, gives the folder to another. */
function fail(log: EventLog): () => Promise<void> {
  if (disk === undefined) return giveAway(options.get(log)!.path);
  disk.fill();
  return async () => disk.free();
}

function giveAway(path: string): () => Promise<void> {
  const file = open({ path, encoding: 'string', noSubdir: false, maxDbs: 8 }).openDB({ name: 'meta' });
  const meta = file.get('log') as string;
  const given = file.put('log', JSON.stringify({ ...(JSON.parse(meta) as object), owner: 'another' }));
  return async () => {
    await given;
    await file.put('log', meta);
  };
}

describe.each(['grouped', 'event'] as const)('The log on the disk, with sync %s', (sync) => {
  testEventLog({
    test,
    createLog: (limits) => create({ ...limits, path: join(folder, String(++made)), sync }),
    reopenLog: (log) => create(options.get(log)!),
    failLog: fail,
  });
});
