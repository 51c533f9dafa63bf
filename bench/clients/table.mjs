import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const FILE = fileURLToPath(new URL('../../docs/client.md', import.meta.url));
const REGION = /(<!-- clients -->\n)[\s\S]*?(<!-- end of clients -->)/;

/** The cells as a table of Markdown. */
export async function toTable(head, facts, cells) {
  const rows = [['', ...head], head.map(() => '-').concat('-')];
  facts.forEach(({ title }, row) => rows.push([title, ...cells[row]]));
  const text = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  return (await formatted(`${text}\n\nMeasured on Node ${process.version}.`)).trim();
}

/** Puts the table between its marks. */
export async function writeTable(table) {
  const document = readFileSync(FILE, 'utf8');
  if (!REGION.test(document))
    throw new Error(
      'docs/client.md has no "<!-- clients -->" and "<!-- end of clients -->" to write between',
    );
  const written = document.replace(REGION, (_, begin, end) => `${begin}\n${table}\n\n${end}`);
  writeFileSync(FILE, await formatted(written));
}

async function formatted(text) {
  return format(text, { ...(await resolveConfig(FILE)), parser: 'markdown' });
}
