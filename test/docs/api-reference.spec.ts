import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { ROOT } from '../support/documents.js';

// Some seconds, and several times that on a busy machine.
const A_WHILE = 120_000;

describe('the API reference', () => {
  test(
    'is made of every entry of the package without a warning',
    () => {
      const args = ['--options', 'docs/tools/typedoc.config.mjs', '--emit', 'none'];
      const { status, stdout, stderr } = spawnSync('node', ['node_modules/typedoc/bin/typedoc', ...args], {
        cwd: ROOT,
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      });

      expect(`${stdout}${stderr}`).not.toMatch(/warning|error/);
      expect(status).toBe(0);
    },
    A_WHILE,
  );
});
