import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';
import { madeUpResult } from './made-up-result.js';

const README = '# Title\n\n<!-- benchmarks -->\n<!-- end of benchmarks -->\n\nThe rest.\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'benchmark-picture-'));
  mkdirSync(join(folder, 'bench'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: unknown): void {
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
}

function draw(...args: string[]) {
  return spawnSync('node', [join(ROOT, 'bench/page/picture.mjs'), folder, ...args], { encoding: 'utf8' });
}

describe('npm run bench:picture', () => {
  test('draws the baseline, and writes the words on it between its marks', () => {
    write('bench/baseline.json', madeUpResult(1));
    write('README.md', README);

    const { status, stderr } = draw();

    const [readme, picture] = ['README.md', 'docs/images/benchmarks.svg'].map((path) =>
      readFileSync(join(folder, path), 'utf8'),
    ) as [string, string];
    expect([status, stderr]).toEqual([0, '']);
    expect(picture).toContain('nestjs-sse-hub on Express</text>');
    expect(readme).toMatch(/^# Title\n\n<!-- benchmarks -->\n\n!\[Bars/);
    expect(readme).toContain('Measured at commit `0101010` of 2026-10-02 on Imagined CPU 3000, 2 cores');
    expect(readme).toMatch(/\n\n<!-- end of benchmarks -->\n\nThe rest\.\n$/);
  });

  test('has every peer in its table, also without a goal, and where doing without is better', () => {
    const result = madeUpResult(1);
    const { ratios } = result.scenarios[0]!;
    ratios.push({ measure: 'cpu', of: 'hub-express', to: 'better-sse', median: 1.02, low: 0.9, high: 1.1 });
    const replay = { ...result.scenarios[1]!, id: 'replay', title: 'A late client' };
    const ratio = { measure: 'cpu', of: 'hub-express', to: 'control-res-write' };
    replay.ratios = [{ ...ratio, median: 2.5, low: 2.4, high: 2.6 }];
    result.scenarios.push(replay);
    write('bench/baseline.json', result);
    write('README.md', README);

    draw();

    const readme = readFileSync(join(folder, 'README.md'), 'utf8').replaceAll(/\s+/g, ' ');
    expect(readme).toContain('| nestjs-sse-hub on Express against better-sse | 1.02 (0.90 to 1.10) | |');
    expect(readme).toContain(
      '- "A late client", CPU time of the server per delivery: nestjs-sse-hub on Express against node:http, res.write is 2.50 (2.40 to 2.60).',
    );
  });

  test('does not say that a goal is met or missed that few rounds cannot judge', () => {
    const result = madeUpResult(1);
    result.scenarios[0]!.rounds = 7;
    for (const ratio of result.scenarios[0]!.ratios) delete ratio.met;
    write('bench/baseline.json', result);
    write('README.md', README);

    draw();

    const readme = readFileSync(join(folder, 'README.md'), 'utf8').replaceAll(/\s+/g, ' ');
    expect(readme).toContain('goal at most 1.10: not judged, 7 rounds |');
    expect(readme).toContain('Not judged, for want of 15 rounds: 2.');
  });

  test('has nothing to say when it is up to date', () => {
    write('bench/baseline.json', madeUpResult(1));
    write('README.md', README);
    draw();

    expect(draw('--check')).toMatchObject({ status: 0, stderr: '' });
  });

  test.each(['docs/images/benchmarks.svg', 'README.md'])('names what is not up to date: %s', (path) => {
    write('bench/baseline.json', madeUpResult(1));
    write('README.md', README);
    draw();
    const old = readFileSync(join(folder, path), 'utf8');
    write('bench/baseline.json', madeUpResult(5));
    draw();
    write(path, old);

    const { status, stderr } = draw('--check');

    expect(status).toBe(1);
    expect(stderr).toContain(`${path} is not what bench/baseline.json says: run "npm run bench:picture"`);
  });

  test.each([[], ['--check']])(
    'wants the marks in the README once there is a baseline: %j',
    (...args: string[]) => {
      write('bench/baseline.json', madeUpResult(1));
      write('README.md', '# Title\n');

      const { status, stderr } = draw(...args);

      expect(status).toBe(1);
      expect(stderr).toContain('README.md has no "<!-- benchmarks -->"');
    },
  );

  test.each([[], ['--check']])('wants a baseline: %j', (...args: string[]) => {
    write('README.md', '# Title\n');

    const { status, stderr } = draw(...args);

    expect(status).toBe(1);
    expect(stderr).toContain('bench/baseline.json does not exist');
  });

  test.each([[], ['--check']])('refuses a baseline that is of no commit: %j', (...args: string[]) => {
    write('bench/baseline.json', madeUpResult(1, { isDirty: true }));
    write('README.md', README);

    const { status, stderr } = draw(...args);

    expect(status).toBe(1);
    expect(stderr).toContain(
      'bench/baseline.json was measured with changes that commit 0101010 does not have',
    );
  });

  test('wants what it pictures', () => {
    write('bench/baseline.json', madeUpResult(1, { scenarios: [] }));
    write('README.md', README);

    const { status, stderr } = draw();

    expect(status).toBe(1);
    expect(stderr).toContain('the baseline has no scenario single-1000');
  });

  test('says what is missing when the README shows a baseline that is not there', () => {
    write('README.md', README);

    const { status, stderr } = draw('--check');

    expect(status).toBe(1);
    expect(stderr).toContain('bench/baseline.json does not exist: "npm run bench" writes results');
  });
});

test('the picture and the README say what bench/baseline.json says: otherwise run "npm run bench:picture"', () => {
  const args = [join(ROOT, 'bench/page/picture.mjs'), '--check'];

  expect(spawnSync('node', args, { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});
