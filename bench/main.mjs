// What a stream costs, side by side with others and with doing without. See README.md here.
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from './arguments.mjs';
import { Bench } from './bench.mjs';
import { buildLoadClient } from './build-load-client.mjs';
import { isComplete } from './deliveries.mjs';
import { readCommit, toResults, writeResults } from './results.mjs';
import { groups } from './scenarios.mjs';
import { toGoals } from './table.mjs';

if (process.platform !== 'linux') {
  console.error('The benchmarks read the CPU time of processes from /proc, and need Linux.');
  process.exit(1);
}

// What is to be removed is removed when the process exits, which it does not where a signal ends it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const { out, ...options } = readArguments(process.argv.slice(2));
const begin = { ...readCommit(), measuredAt: new Date() };
const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-load-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const bench = new Bench(buildLoadClient(folder), options);
console.log(
  `Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores; ${bench.rounds} rounds, seed ${options.seed}`,
);

for (const group of groups) if (group.ids.some((id) => bench.wants(id))) await run(group);
console.log(toGoals(bench.scenarios));
for (const { contender, why } of bench.leftOut) console.log(`\nleft out: ${contender}: ${why}`);

const results = toResults(bench, begin);
console.log(`\n${results.seconds} s; written to ${writeResults(results, out)}`);

const deliveries = bench.scenarios.flatMap((scenario) =>
  scenario.results.flatMap((result) => result.deliveries ?? []),
);
if (bench.hasFailed || !deliveries.every(isComplete)) process.exitCode = 1;

/** A failure in one place must not take away what is found out elsewhere. */
async function run(group) {
  try {
    await group.run(bench);
  } catch (error) {
    console.error(error);
    bench.hasFailed = true;
  }
}
