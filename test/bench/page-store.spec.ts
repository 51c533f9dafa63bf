import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';
import { madeUpResult, type MadeUpResult } from './made-up-result.js';

const STORE = join(ROOT, 'bench/page/store.mjs');
const NO_CONFIGURATION = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'A test',
  GIT_AUTHOR_EMAIL: 'test@example.org',
  GIT_COMMITTER_NAME: 'A test',
  GIT_COMMITTER_EMAIL: 'test@example.org',
};

let workspace: string;
let remote: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'benchmark-store-'));
  remote = join(workspace, 'remote.git');
  git('.', 'init', '--quiet', '--bare', '--initial-branch=main', remote);
});

afterEach(() => {
  rmSync(workspace, { recursive: true, force: true });
});

function git(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    env: NO_CONFIGURATION,
    stdio: 'pipe',
  });
}

/** A clone with one commit that is on the remote's main, as the workflow has it. */
function clone(name: string): string {
  const folder = join(workspace, name);
  git('.', 'clone', '--quiet', remote, folder);
  if (git(folder, 'ls-remote', 'origin', 'main') === '') {
    writeFileSync(join(folder, 'source.txt'), 'of the library');
    git(folder, 'add', '.');
    git(folder, 'commit', '--quiet', '--message', 'Begin');
    git(folder, 'push', '--quiet', 'origin', 'HEAD:main');
  }
  return folder;
}

function write(folder: string, result: MadeUpResult): string {
  const file = join(folder, 'result.json');
  writeFileSync(file, JSON.stringify(result));
  return file;
}

function store(folder: string, result: MadeUpResult) {
  const file = write(folder, result);
  return spawnSync('node', [STORE, file], { cwd: folder, encoding: 'utf8', env: NO_CONFIGURATION });
}

function stored(): string[] {
  return git(remote, 'ls-tree', '-r', '--name-only', 'benchmark-data').trim().split('\n');
}

function pathOf({ commit }: MadeUpResult): string {
  return `results/${commit}.json`;
}

describe('storing the result of a commit', () => {
  test('makes the branch, without a history of the source, where there is none', () => {
    const { status, stderr } = store(clone('one'), madeUpResult(1));

    expect([status, stderr]).toEqual([0, '']);
    expect(stored()).toEqual([pathOf(madeUpResult(1))]);
    expect(JSON.parse(git(remote, 'show', `benchmark-data:${pathOf(madeUpResult(1))}`))).toEqual(
      madeUpResult(1),
    );
  });

  test('keeps those of other commits', () => {
    store(clone('one'), madeUpResult(1));

    const { status } = store(clone('two'), madeUpResult(2));

    expect(status).toBe(0);
    expect(stored()).toEqual([1, 2].map((number) => pathOf(madeUpResult(number))));
  });

  test('replaces that of the same commit', () => {
    const folder = clone('one');
    store(folder, madeUpResult(1));

    const { status } = store(folder, madeUpResult(1, { subject: 'Measured again' }));

    expect(status).toBe(0);
    expect(git(remote, 'show', `benchmark-data:${pathOf(madeUpResult(1))}`)).toContain('Measured again');
  });

  test('has nothing to do where it is stored already', () => {
    const folder = clone('one');
    store(folder, madeUpResult(1));
    const before = git(remote, 'rev-parse', 'benchmark-data');

    const { status, stdout } = store(folder, madeUpResult(1));

    expect(status).toBe(0);
    expect(stdout).toContain('already');
    expect(git(remote, 'rev-parse', 'benchmark-data')).toBe(before);
  });

  test('leaves the working tree, its branches and its worktrees as they were', () => {
    const folder = clone('one');
    write(folder, madeUpResult(1));
    const state = () =>
      ['status', 'branch', 'worktree list'].map((command) => git(folder, ...command.split(' ')));
    const before = state();

    store(folder, madeUpResult(1));

    expect(state()).toEqual(before);
  });

  test.each([
    ['when there is a branch', [0]],
    ['when there is none', []],
  ])(
    'loses none of several that are stored at once, %s',
    async (_, earlier) => {
      for (const number of earlier) store(clone('before'), madeUpResult(number));
      const numbers = [1, 2, 3, 4];
      const runs = numbers.map((number) => {
        const folder = clone(`clone${number}`);
        return { folder, file: write(folder, madeUpResult(number)) };
      });

      const ends = await Promise.all(
        runs.map(({ folder, file }) =>
          once(spawn('node', [STORE, file], { cwd: folder, env: NO_CONFIGURATION }), 'close'),
        ),
      );

      expect(ends.map(([status]) => status as number)).toEqual([0, 0, 0, 0]);
      expect(stored()).toEqual([...earlier, ...numbers].map((number) => pathOf(madeUpResult(number))));
    },
    120_000,
  );

  test('says why the remote refuses what is pushed, and does not ask again', () => {
    const hook = join(remote, 'hooks/pre-receive');
    const folder = clone('one');
    writeFileSync(hook, `#!/bin/sh\necho asked >> ${workspace}/asked\necho not today >&2\nexit 1\n`);
    chmodSync(hook, 0o755);

    const { status, stderr } = store(folder, madeUpResult(1));

    expect(status).toBe(1);
    expect(stderr).toContain('not today');
    expect(readFileSync(join(workspace, 'asked'), 'utf8')).toBe('asked\n');
  });

  test('refuses a result that tells of events that were lost', () => {
    const result = madeUpResult(1);
    result.scenarios[0]!.results[0]!.deliveries = { due: 10, delivered: 9, missing: 1, doubled: 0 };
    const folder = clone('one');

    const { status, stderr } = store(folder, result);

    expect(status).toBe(1);
    expect(stderr).toContain('hub-express in single-1000 has 1 missing and 0 doubled; not stored');
    expect(git(remote, 'branch', '--list', 'benchmark-data')).toBe('');
  });

  test('needs no package, since the job that may write installs none', () => {
    cpSync(join(ROOT, 'bench'), join(workspace, 'bench'), { recursive: true });
    const folder = clone('one');
    const file = write(folder, madeUpResult(1));
    const script = join(workspace, 'bench/page/store.mjs');

    const { status, stderr } = spawnSync('node', [script, file], {
      cwd: folder,
      encoding: 'utf8',
      env: NO_CONFIGURATION,
    });

    expect([status, stderr]).toEqual([0, '']);
  });

  test('refuses a result that is of no commit', () => {
    const folder = clone('one');

    const { status, stderr } = store(folder, madeUpResult(1, { isDirty: true }));

    expect(status).toBe(1);
    expect(stderr).toContain('was measured with changes that commit 0101010 does not have: commit them');
    expect(git(remote, 'branch', '--list', 'benchmark-data')).toBe('');
  });

  test('refuses a file that is no result', () => {
    const folder = clone('one');

    const { status, stderr } = store(folder, madeUpResult(1, { commit: 'main' }));

    expect(status).toBe(1);
    expect(stderr).toContain('commit is "main", and 40 hexadecimal digits is expected');
    expect(git(remote, 'branch', '--list', 'benchmark-data')).toBe('');
  });
});
