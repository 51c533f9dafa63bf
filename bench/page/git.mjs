import { spawnSync } from 'node:child_process';

/** Runs git in a folder and gives what it writes, without the end of the line; what it complains of is the error. */
export function git(folder, ...args) {
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    input: '',
  });
  if (error !== undefined) throw error;
  if (status === 0) return stdout.trim();
  throw new Error(`git ${args[0]} failed with ${status}: ${stderr.trim()}`);
}
