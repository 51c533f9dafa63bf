import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';
import { madeUpResult } from './made-up-result.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'benchmark-page-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function makePage(...args: string[]) {
  return spawnSync('node', [join(ROOT, 'bench/page/main.mjs'), ...args], { encoding: 'utf8', cwd: folder });
}

describe('npm run bench:page', () => {
  test('writes one file that names nothing on the network', () => {
    write('1.json', madeUpResult(1));

    const { status, stdout } = makePage(folder, '--out', 'site/page.html');

    const page = readFileSync(join(folder, 'site/page.html'), 'utf8');
    expect(status).toBe(0);
    expect(stdout).toContain('site/page.html: one commit');
    expect(page).not.toMatch(/(src|href)="(?!#|data:)/);
    expect(page).toContain('content="default-src &#39;none&#39;;');
  });

  test('says what to do without the folder', () => {
    const { status, stderr } = makePage(join(folder, 'none'));

    expect(status).toBe(1);
    expect(stderr).toBe(
      `bench:page: there is no folder ${folder}/none: "npm run bench" writes bench/results, or give another folder\n`,
    );
  });

  test('says what to do without results', () => {
    const { status, stderr } = makePage(folder);

    expect(status).toBe(1);
    expect(stderr).toBe(
      `bench:page: ${folder} has no results (*.json): run "npm run bench", or give another folder\n`,
    );
  });

  const { machine: _, ...withoutMachine } = madeUpResult(2);
  const [scenario] = madeUpResult(2).scenarios;
  test.each([
    ['is cut off', '{ "schema": 1,', /is no JSON: measure again, or remove it/],
    ['is of another schema', madeUpResult(2, { schema: 3 }), /schema is 3, and 2 is expected/],
    ['does not say its seed', madeUpResult(2, { seed: undefined }), /seed is missing, and a whole number/],
    [
      'does not say the rounds of a scenario',
      madeUpResult(2, { scenarios: [{ ...scenario!, rounds: 1.5 }] }),
      /scenarios\[0\]\.rounds is 1.5, and a whole number is expected/,
    ],
    [
      'judges a goal by too few rounds',
      madeUpResult(2, { scenarios: [{ ...scenario!, rounds: 14 }] }),
      /scenarios\[0\]\.ratios\[0\]\.met is true, and nothing of fewer than 15 rounds is expected/,
    ],
    [
      'does not judge a goal',
      madeUpResult(2, {
        scenarios: [{ ...scenario!, ratios: [{ ...scenario!.ratios[0]!, met: undefined }] }],
      }),
      /scenarios\[0\]\.ratios\[0\]\.met is missing, and true or false is expected/,
    ],
    ['is a list', [], /the result is \[\], and an object is expected/],
    ['lacks the machine', withoutMachine, /machine is missing, and an object is expected/],
    [
      'names no commit',
      madeUpResult(2, { commit: 'HEAD' }),
      /commit is "HEAD", and 40 hexadecimal digits is expected/,
    ],
    [
      'has no date',
      madeUpResult(2, { committedAt: 'soon' }),
      /committedAt is "soon", and a date is expected/,
    ],
    [
      'has a scenario without measures',
      madeUpResult(2, { scenarios: [{ ...scenario!, measures: [] }] }),
      /scenarios\[0\]\.measures is 0, and one measure at least is expected/,
    ],
    [
      'has a value that is no number',
      madeUpResult(2, {
        scenarios: [{ ...scenario!, results: [{ contender: 'hub', values: { cpu: {} as never } }] }],
      }),
      /scenarios\[0\]\.results\[0\]\.values\.cpu\.median is missing, and a number is expected/,
    ],
  ])('names the file that %s', (_name, content, message) => {
    write('1.json', madeUpResult(1));
    const file = write('2.json', content);

    const { status, stderr } = makePage(folder);

    expect(status).toBe(1);
    expect(stderr).toContain(file);
    expect(stderr).toMatch(message);
  });

  test('leaves out what an earlier version has written, and says so', () => {
    const earlier = write('1.json', madeUpResult(1, { schema: 1 }));
    write('2.json', madeUpResult(2));

    const { status, stdout, stderr } = makePage(folder);

    expect(status).toBe(0);
    expect(stdout).toContain('one commit');
    expect(stderr).toBe(
      `${earlier} is left out: schema is 1, and 2 is expected; measure that commit again, or remove it\n`,
    );
  });

  test('says what to do where an earlier version has written everything', () => {
    write('1.json', madeUpResult(1, { schema: 1 }));

    const { status, stderr } = makePage(folder);

    expect(status).toBe(1);
    expect(stderr).toContain(`${folder} has no results of schema 2: run "npm run bench"`);
  });

  test('refuses two results of one commit', () => {
    write('1.json', madeUpResult(1));
    write('2.json', madeUpResult(1));

    const { status, stderr } = makePage(folder);

    expect(status).toBe(1);
    expect(stderr).toContain(
      `two results of commit ${madeUpResult(1).commit}: remove the one that does not count`,
    );
  });

  test('says which options there are no such of', () => {
    const { status, stderr } = makePage('--output', 'x');

    expect(status).toBe(1);
    expect(stderr).toContain("bench:page: Unknown option '--output'");
  });

  test('shows the newest 200 of many commits, and says so', () => {
    for (let number = 1; number <= 202; number++) write(`${number}.json`, madeUpResult(number));

    makePage(folder, '--out', 'page.html');

    const page = readFileSync(join(folder, 'page.html'), 'utf8');
    expect(page).toContain('the newest 200 of 202 commits');
    expect(page).not.toContain('Do thing 2<');
    expect(page).toContain('Do thing 3<');
  });
});
