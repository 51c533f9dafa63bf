import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('./load/', import.meta.url));

/**
 * Compiles the load client into a folder.
 * @param {readonly string[]} flags more of them for the compiler
 * @returns {string} the program
 */
export function buildLoadClient(folder, flags = []) {
  const program = join(folder, 'load');
  const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
  try {
    execFileSync('cc', ['-O2', '-std=gnu11', '-Wall', '-Wextra', ...flags, '-o', program, ...files], {
      cwd: sources,
    });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new Error(
      'The load client is written in C, and there is no cc: run "npm run setup" to install it.',
      {
        cause: error,
      },
    );
  }
  return program;
}
