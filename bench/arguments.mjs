import { parseArgs } from 'node:util';
import { groups } from './scenarios.mjs';

// Of more, the chance that all lie on one side of the median is no number above 0 any more.
const MOST_ROUNDS = 500;

/** What `npm run bench -- ...` is told. */
export function readArguments(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seed: { type: 'string' },
      out: { type: 'string' },
    },
  });
  return {
    isQuick: values.quick,
    only: toScenarios(values.only, values.quick),
    rounds: values.rounds === undefined ? undefined : toCount('rounds', values.rounds, MOST_ROUNDS),
    seed: values.seed === undefined ? Date.now() % 2 ** 32 : toCount('seed', values.seed),
    out: values.out,
  };
}

/** What is named is run; otherwise everything, without what is left out of the quick run. */
function toScenarios(only, isQuick) {
  const all = groups.flatMap(({ ids }) => ids);
  const slow = new Set(groups.flatMap((group) => group.slow));
  if (only === undefined) return new Set(isQuick ? all.filter((id) => !slow.has(id)) : all);
  const wanted = only.split(',');
  const unknown = wanted.filter((id) => !all.includes(id));
  if (unknown.length > 0) {
    throw new Error(`There is no scenario ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  }
  return new Set(wanted);
}

function toCount(name, text, most = Number.MAX_SAFE_INTEGER) {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`--${name} must be a positive integer, but is ${text}`);
  if (count > most) throw new Error(`--${name} must not be above ${most}, but is ${text}`);
  return count;
}
