// Runs the fault tests: what is in the way of a log is broken, and a checker reads what everybody has seen. `--full` has
// them be as large as they can be, `--soak` runs the churn instead; all other arguments are Jest's. SEED repeats a run.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const given = process.argv.slice(2);
const isFull = given.includes('--full');
const isSoak = given.includes('--soak');
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const seed = process.env['SEED'] ?? String(Math.floor(Math.random() * 2 ** 32));

const flags = ['--experimental-vm-modules', '--expose-gc', '--disable-warning=ExperimentalWarning'];
const jest = ['node_modules/jest/bin/jest.js', '--config', 'test/faults/jest.config.mjs', '--runInBand'];
const match = isSoak ? ['--testMatch', '**/*.soak.ts', '--testTimeout', String(24 * 3_600_000)] : [];
const others = given.filter((argument) => argument !== '--full' && argument !== '--soak');

console.log(`SEED=${seed}${isFull ? ' --full' : ''}`);

const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-faults-'));
// A group of its own: whatever it has started ends with it, also where it has failed.
const run = spawn(process.execPath, [...flags, ...jest, ...match, ...others], {
  cwd: ROOT,
  stdio: 'inherit',
  detached: true,
  env: { ...process.env, SEED: seed, FAULTS_SIZE: isFull ? 'full' : 'ci', TMPDIR: folder },
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end);

run.on('exit', (code) => {
  process.exitCode = code ?? 1;
  end();
  rmSync(folder, { recursive: true, force: true });
});

function end() {
  if (run.pid === undefined) return;
  try {
    process.kill(-run.pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
