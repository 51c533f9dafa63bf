import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkResult, SCHEMA } from './check-result.mjs';

/**
 * The results of a folder, from the oldest commit to the newest. Those that an earlier version has written are left out,
 * and told: what they lack cannot be found out any more.
 *
 * @param {string} folder with one `<commit>.json` for each
 */
export function readResults(folder) {
  const results = namesOf(folder).flatMap((name) => readUnlessEarlier(join(folder, name)) ?? []);
  if (results.length === 0) {
    throw new Error(
      `${folder} has no results of schema ${SCHEMA}: run "npm run bench", or give another folder`,
    );
  }
  const commits = new Map();
  for (const [index, { commit }] of results.entries()) {
    if (commits.has(commit)) {
      throw new Error(`${folder} has two results of commit ${commit}: remove the one that does not count`);
    }
    commits.set(commit, index);
  }
  return results.sort(
    (one, other) =>
      Date.parse(one.committedAt) - Date.parse(other.committedAt) ||
      Date.parse(one.measuredAt) - Date.parse(other.measuredAt),
  );
}

/** One result, checked; an error names the file. */
export function readResult(file) {
  if (!existsSync(file)) throw new Error(`${file} does not exist: "npm run bench" writes results`);
  return checked(file, parsed(file));
}

/** The same, of a commit as it is: to be kept under its name. */
export function readCleanResult(file) {
  const result = readResult(file);
  if (!result.isDirty) return result;
  throw new Error(
    `${file} was measured with changes that commit ${result.commit.slice(0, 7)} does not have: commit them, or put them away, and measure again`,
  );
}

function readUnlessEarlier(file) {
  const value = parsed(file);
  if (!(value?.schema < SCHEMA)) return checked(file, value);
  console.error(
    `${file} is left out: schema is ${value.schema}, and ${SCHEMA} is expected; measure that commit again, or remove it`,
  );
  return undefined;
}

function parsed(file) {
  const text = readFileSync(file, 'utf8');
  return named(`${file} is no JSON: measure again, or remove it`, () => JSON.parse(text));
}

function checked(file, value) {
  named(`${file} is no result that the page can show`, () => checkResult(value));
  return value;
}

function named(what, work) {
  try {
    return work();
  } catch (error) {
    throw new Error(`${what} (${error.message})`, { cause: error });
  }
}

function namesOf(folder) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(
      `there is no folder ${folder}: "npm run bench" writes bench/results, or give another folder`,
    );
  }
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  if (names.length === 0) {
    throw new Error(`${folder} has no results (*.json): run "npm run bench", or give another folder`);
  }
  return names.sort();
}
