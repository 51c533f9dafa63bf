// Draws the picture of the README from bench/baseline.json, and writes the README's words on it between
// "<!-- benchmarks -->" and "<!-- end of benchmarks -->".
//
//   npm run bench:picture -- [folder]     folder: this repository
//   npm run bench:picture -- --check      writes nothing, and fails where something is not up to date
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { failWith } from './fail-with.mjs';
import { drawPicture } from './picture-svg.mjs';
import { readCleanResult } from './read-results.mjs';
import { readmeSection } from './readme-section.mjs';
import { ResultView } from './result-view.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PICTURE = 'docs/images/benchmarks.svg';
const REGION = /(<!-- benchmarks -->\n)[\s\S]*?(<!-- end of benchmarks -->)/;

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { check: { type: 'boolean', default: false } },
  });
  const root = positionals[0] ?? ROOT;
  const baseline = join(root, 'bench/baseline.json');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  for (const [path, text] of await documentsOf(new ResultView(readCleanResult(baseline)), readme)) {
    if (values.check) check(join(root, path), text);
    else write(join(root, path), text);
  }
} catch (error) {
  failWith('bench:picture', error);
}

/** The files that are made from the baseline, with what is to be in them. */
async function documentsOf(view, readme) {
  if (!REGION.test(readme)) {
    throw new Error(
      'README.md has no "<!-- benchmarks -->" and "<!-- end of benchmarks -->" to write between',
    );
  }
  const section = readmeSection(view, PICTURE);
  const written = readme.replace(REGION, (_, begin, end) => `${begin}\n${section}\n\n${end}`);
  const options = await resolveConfig(join(ROOT, 'README.md'));
  return [
    [PICTURE, drawPicture(view)],
    ['README.md', await format(written, { ...options, parser: 'markdown' })],
  ];
}

function check(file, text) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  throw new Error(`${file} is not what bench/baseline.json says: run "npm run bench:picture"`);
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(file);
}
