// Makes the page of the benchmarks from the results of commits: one file, that opens from disk.
//
//   npm run bench:page -- [folder] [--out file]      folder: bench/results, file: bench/results/index.html
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { failWith } from './fail-with.mjs';
import { makePage } from './make-page.mjs';
import { readResults } from './read-results.mjs';

const RESULTS = fileURLToPath(new URL('../results', import.meta.url));

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { out: { type: 'string', default: `${RESULTS}/index.html` } },
  });
  if (positionals.length > 1)
    throw new Error(`one folder of results is expected, but there are ${positionals.join(', ')}`);
  const results = readResults(positionals[0] ?? RESULTS);
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, makePage(results));
  console.log(
    `${relative('.', values.out)}: ${results.length === 1 ? 'one commit' : `${results.length} commits`}`,
  );
  console.log(pathToFileURL(values.out).href);
} catch (error) {
  failWith('bench:page', error);
}
