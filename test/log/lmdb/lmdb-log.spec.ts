import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { open as openFile } from 'lmdb';
import type { EventLog, LogEntry, LogTail } from 'nestjs-sse-hub';
import { lmdbLog, type LmdbLogOptions } from 'nestjs-sse-hub/lmdb';
import { CompiledLibrary } from '../../support/compiled-library.js';
import { serveHub, topicsOf } from '../../support/served-hub.js';
import { mountSmallDisk } from '../../support/small-disk.js';

const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-lmdb-'));
// LMDB's own words about a full disk, which may come late.
jest.spyOn(console, 'error').mockImplementation(() => undefined);

const ignoring: LogTail = { committed: () => undefined };
const opened: EventLog[] = [];
let made = 0;

afterEach(async () => {
  for (const log of opened.splice(0)) await log.close();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function newPath(): string {
  return join(folder, String(++made));
}

async function open(options: LmdbLogOptions, tail = ignoring): Promise<EventLog> {
  const log = lmdbLog(options);
  opened.push(log);
  await log.open(tail);
  return log;
}

function entry(body: string, given: Partial<LogEntry> = {}): LogEntry {
  return { keys: ['t:a'], id: undefined, body, kind: 'text', time: Date.now(), ...given };
}

/** Changes what the file says of the log, as it is found after a crash for instance. */
async function change(path: string, changes: object): Promise<void> {
  const root = openFile({ path, encoding: 'string', noSubdir: false, maxDbs: 8 });
  const file = root.openDB<string, string>({ name: 'meta', encoding: 'string' });
  await file.put('log', JSON.stringify({ ...(JSON.parse(file.get('log')!) as object), ...changes }));
  await root.close();
}

function* numbers(): Generator<number> {
  for (let number = 0; ; number++) yield number;
}

function bodies(log: EventLog): string[] {
  const result = log.read({ keys: ['t:a'], after: 0, limit: Infinity });
  return 'records' in result ? result.records.map(({ body }) => body) : [];
}

describe('A folder of the log', () => {
  test('belongs to one log of a process', async () => {
    const path = newPath();
    await open({ path });
    const second = lmdbLog({ path });
    await expect(second.open(ignoring)).rejects.toMatchObject({
      code: 'LOG_IN_USE',
      message: expect.stringContaining(JSON.stringify(path)),
    });
    await second.close();
  });

  test('belongs to one process, and is free again when that is killed', async () => {
    const path = newPath();
    const library = new CompiledLibrary();
    library.write(
      'main.js',
      `import { lmdbLog } from 'nestjs-sse-hub/lmdb';
       await lmdbLog({ path: process.env['LOG']! }).open({ committed() {} });
       console.log('open');
       setInterval(() => undefined, 1_000);`,
    );
    try {
      const holder = library.run('main.js', { LOG: path });
      await holder.untilOutput(/open/);
      await expect(open({ path })).rejects.toMatchObject({ code: 'LOG_IN_USE' });
      await holder.stop('SIGKILL');
      await open({ path });
    } finally {
      await library.remove();
    }
  });

  test('that another has taken from elsewhere is not written to any more', async () => {
    const path = newPath();
    const log = await open({ path });
    await log.append(entry('1'));
    await change(path, { owner: 'another' });
    await expect(log.append(entry('2'))).rejects.toMatchObject({ code: 'LOG_IN_USE' });
    await expect(Promise.resolve(log.health!())).rejects.toMatchObject({ code: 'LOG_IN_USE' });
    expect(bodies(log)).toEqual(['1']);
  });

  test('that cannot be used is told with what the system says', async () => {
    const file = newPath();
    writeFileSync(file, 'no folder');
    const log = lmdbLog({ path: join(file, 'log') });
    await expect(log.open(ignoring)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await log.close();
  });

  test('that a later version has written is refused', async () => {
    const path = newPath();
    const log = await open({ path });
    await log.close();
    const root = openFile({ path, encoding: 'string', noSubdir: false, maxDbs: 8 });
    await root.openDB({ name: 'meta', encoding: 'string' }).put('format', '2');
    await root.close();
    await expect(open({ path })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('format 2'),
    });
  });
});

async function reopenAfter(changes: object, options: Partial<LmdbLogOptions> = {}) {
  const path = newPath();
  const log = await open({ path, ...options });
  const offset = await log.append(entry('1'));
  const { epoch } = log;
  await log.close();
  await change(path, changes);
  const again = await open({ path, ...options });
  return { epoch, offset, again, next: await again.append(entry('2')) };
}

describe('An epoch', () => {
  test('is the same after a process was killed', async () => {
    const { epoch, again, offset, next } = await reopenAfter({ isWhole: false });
    expect(again.epoch).toBe(epoch);
    expect(next).toBeGreaterThan(offset);
  });

  test('is the same after the log was closed and the machine started anew', async () => {
    const { epoch, again } = await reopenAfter({ boot: 'another' });
    expect(again.epoch).toBe(epoch);
  });

  test('is another after a crash of the machine, which may have taken acknowledged events', async () => {
    const { epoch, again, offset } = await reopenAfter({ isWhole: false, boot: 'another' });
    expect(again.epoch).not.toBe(epoch);
    expect(again.sharedWith!(epoch)).toBe(offset);
    expect(again.sharedWith!('unknown1')).toBeUndefined();
    expect(bodies(again)).toEqual(['1', '2']);
  });

  test('is the same after a crash of the machine where every event is on the disk before it is acknowledged', async () => {
    const { epoch, again } = await reopenAfter({ isWhole: false, boot: 'another' }, { sync: 'event' });
    expect(again.epoch).toBe(epoch);
  });
});

describe('A log on the disk', () => {
  test('does not grow for ever', async () => {
    const path = newPath();
    const log = await open({ path, retention: { count: 100 } });
    const size = () => statSync(join(path, 'data.mdb')).size;
    const append = async (count: number) => {
      for (let batch = 0; batch < count / 100; batch++)
        await Promise.all(
          Array.from({ length: 100 }, async (_, index) =>
            log.append(entry('x'.repeat(1_000), { id: `${batch} ${index} ${made++}` })),
          ),
        );
    };
    await append(2_000);
    const before = size();
    await append(20_000);
    expect(size()).toBeLessThan(2 * before);
  });

  test('keeps streams open and loses nothing acknowledged while its disk is full', async () => {
    const disk = mountSmallDisk(64);
    if (disk === undefined)
      throw new Error('to fill a disk takes a small one: root, or sudo without a password');
    try {
      const { hub, open: openStream } = await serveHub(
        { log: lmdbLog({ path: join(disk.path, 'log') }) },
        (served, request) => ({ stream: served.stream(topicsOf(request)) }),
      );
      const stream = await openStream('/?topic=a');
      const acknowledged: string[] = [];
      const publish = async (text: string) => {
        await hub.publish('a', { data: text });
        acknowledged.push(text);
      };
      await publish('first');
      disk.fill();
      let refusal: unknown;
      for (const number of numbers()) {
        await publish(`${number} ${'x'.repeat(1_000)}`).catch((error: unknown) => (refusal = error));
        if (refusal !== undefined) break;
      }
      expect(refusal).toMatchObject({ code: 'LOG_UNAVAILABLE' });
      expect(hub.connectionCount).toBe(1);
      disk.free();
      await publish('last');
      const seen: string[] = [];
      while (seen.length < acknowledged.length) seen.push((await stream.nextEvent()).data);
      expect(seen).toEqual(acknowledged);
      const again = await openStream('/?topic=a', { headers: { 'last-event-id': 'none' } });
      expect((await again.nextEvent()).event).toBe('gap');
      for (const text of acknowledged) expect((await again.nextEvent()).data).toBe(text);
      await hub.close();
    } finally {
      disk.remove();
    }
  });

  test('forgets idempotency keys when their window is over', async () => {
    const log = await open({ path: newPath(), idempotencyWindow: 50 });
    const first = await log.append(entry('1'), 'key');
    expect(await log.append(entry('2'), 'key')).toBe(first);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await log.append(entry('3'), 'key')).toBeGreaterThan(first);
    expect(bodies(log)).toEqual(['1', '3']);
  });

  test('knows a long id of the application', async () => {
    const path = newPath();
    const log = await open({ path });
    const id = 'x'.repeat(2_000);
    const offset = await log.append(entry('1', { id }));
    await log.append(entry('2'));
    await log.close();
    const again = await open({ path });
    expect(again.locate(['t:a'], { id })).toMatchObject({ after: offset, lost: undefined });
    await expect(again.append(entry('3', { id }))).rejects.toMatchObject({ code: 'ID_REUSED' });
  });
});

describe("The disk log's options", () => {
  test.each([
    [{}, 'path must name a folder'],
    [{ path: '' }, 'path must name a folder'],
    [{ path: 'a', sync: 'never' }, "sync must be one of 'grouped', 'event'"],
    [{ path: 'a', syncWithin: -1 }, 'syncWithin must be'],
    [{ path: 'a', paths: 'b' }, "lmdbLog has no option 'paths'"],
    [{ path: 'a', retention: { count: -1 } }, 'retention.count must be'],
    [{ path: 'a', topics: [{}] }, 'either a topic or a prefix'],
  ])('refuse %j', (options, message) => {
    expect(() => lmdbLog(options as LmdbLogOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
    );
  });
});
