// Adds the result of a commit to the branch that keeps those of all commits, and pushes it.
//
//   node bench/page/store.mjs <result.json> [--branch benchmark-data] [--remote origin]
//
// The branch is made, without a history, where the remote has none. A result of the same commit is replaced. When
// somebody else has pushed meanwhile, it is tried again on top of that; nothing else is.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { failWith } from './fail-with.mjs';
import { git } from './git.mjs';
import { readCleanResult } from './read-results.mjs';

const ATTEMPTS = 6;

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      branch: { type: 'string', default: 'benchmark-data' },
      remote: { type: 'string', default: 'origin' },
    },
  });
  if (positionals.length !== 1)
    throw new Error('one result is expected: store.mjs bench/results/<commit>.json');
  await store(positionals[0], values);
} catch (error) {
  failWith('store', error);
}

async function store(file, target) {
  const result = readCleanResult(file);
  refuseLosses(file, result);
  const worktree = mkdtempSync(join(tmpdir(), 'benchmark-data-'));
  try {
    git('.', 'worktree', 'add', '--quiet', '--detach', '--no-checkout', worktree);
    await push(worktree, file, result, target);
  } finally {
    rmSync(worktree, { recursive: true, force: true });
    git('.', 'worktree', 'prune');
  }
}

async function push(worktree, file, result, { branch, remote }) {
  let base = tip(worktree, remote, branch);
  for (let attempt = 1; ; attempt++) {
    git(worktree, 'reset', '--quiet', '--hard', base ?? emptyCommit(worktree));
    if (!commit(worktree, file, result)) {
      console.log(`${branch} has this result of ${result.commit} already`);
      return;
    }
    try {
      git(worktree, 'push', '--quiet', remote, `HEAD:refs/heads/${branch}`);
      console.log(`${branch} has the result of ${result.commit}`);
      return;
    } catch (error) {
      // Whoever was before us may not be through yet.
      await delay(500 * attempt * (1 + Math.random()));
      const next = tip(worktree, remote, branch);
      if (attempt === ATTEMPTS || next === base) throw error;
      base = next;
    }
  }
}

/** Commits the result on top of what is checked out; false when it is there already. */
function commit(worktree, file, { commit: measured, subject }) {
  mkdirSync(join(worktree, 'results'), { recursive: true });
  copyFileSync(file, join(worktree, 'results', `${measured}.json`));
  git(worktree, 'add', 'results');
  if (git(worktree, 'status', '--porcelain') === '') return false;
  git(worktree, 'commit', '--quiet', '--message', `Add the result of ${measured.slice(0, 7)}\n\n${subject}`);
  return true;
}

/** What the remote's branch is at, fetched; undefined when it has no such branch. */
function tip(folder, remote, branch) {
  if (git(folder, 'ls-remote', remote, `refs/heads/${branch}`) === '') return undefined;
  git(folder, 'fetch', '--quiet', remote, `refs/heads/${branch}`);
  return git(folder, 'rev-parse', 'FETCH_HEAD');
}

/** A first commit without files, that no other commit stands before. */
function emptyCommit(folder) {
  const tree = git(folder, 'hash-object', '-w', '-t', 'tree', '--stdin');
  return git(folder, 'commit-tree', '-m', 'Begin the results of benchmarks', tree);
}

/** The benchmark fails then, so that such a result should not be here. */
function refuseLosses(file, { scenarios }) {
  for (const { id, results } of scenarios) {
    for (const { contender, deliveries } of results) {
      if (deliveries === undefined || (deliveries.missing === 0 && deliveries.doubled === 0)) continue;
      const { missing, doubled } = deliveries;
      throw new Error(
        `${file}: ${contender} in ${id} has ${missing} missing and ${doubled} doubled; not stored`,
      );
    }
  }
}
