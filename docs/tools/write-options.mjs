// Writes the lists of options into docs/options.md, between "<!-- options of X -->" and "<!-- end of X -->", from the doc
// comments of the interface X ("X and Y" for two in one list). A new interface of options needs these two lines in the
// document, and no more.
//
//   node docs/tools/write-options.mjs            writes docs/options.md
//   node docs/tools/write-options.mjs --print    prints what it would write
//   node docs/tools/write-options.mjs --json     prints the options of every interface that the document names
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { optionsOf } from './options.mjs';

const DOCUMENT = fileURLToPath(new URL('../options.md', import.meta.url));
const REGION = /(<!-- options of (\w+(?: and \w+)*) -->\n)[\s\S]*?(<!-- end of \2 -->)/g;

const headings = new Map();
const [mode] = process.argv.slice(2);
const document = readFileSync(DOCUMENT, 'utf8');

if (mode === '--json') {
  const names = Array.from(document.matchAll(REGION), ([, , named]) => named.split(' and ')).flat();
  console.log(JSON.stringify(Object.fromEntries(names.map((name) => [name, optionsOf(name)])), undefined, 2));
} else {
  const written = document.replaceAll(
    REGION,
    (_, begin, named, end) => `${begin}\n${asMarkdown(named.split(' and ').flatMap(optionsOf))}\n${end}`,
  );
  const options = await resolveConfig(DOCUMENT);
  const text = await format(written, { ...options, filepath: DOCUMENT });
  if (mode === '--print') process.stdout.write(text);
  else writeFileSync(DOCUMENT, text);
}

/** An overview, and a section for each option that can be linked to. */
function asMarkdown(options) {
  const rows = options.map(
    (option) => `| [\`${option.name}\`](#${nextAnchor(option.name)}) | ${inOneCell(fallbackOf(option))} |`,
  );
  return `| option | default |\n| --- | --- |\n${rows.join('\n')}\n\n${options.map(sectionOf).join('\n\n')}\n`;
}

function sectionOf(option) {
  return `### \`${option.name}\`\n\n\`${option.type}\`. Default: ${fallbackOf(option)}.\n\n${option.description}`;
}

function fallbackOf({ fallback, hasParts }) {
  if (fallback === undefined) return hasParts ? 'see its parts' : 'none; it is required';
  return isCode(fallback) ? `\`${fallback}\`` : fallback;
}

/** A value, or a call that makes one; anything else is a sentence. */
function isCode(text) {
  return /^(-?[\d_]+|'.*'|true|false|Infinity|[\w.]+\(\)|[A-Z]\w*\.\w+|\{.*\}|\[.*\])$/.test(text);
}

function inOneCell(text) {
  return text.replaceAll('|', '\\|');
}

/** As GitHub names the headings, from the first to the last: those of the same name are counted. */
function nextAnchor(name) {
  const anchor = name.toLowerCase().replaceAll(/[^\w-]/g, '');
  const earlier = headings.get(anchor) ?? 0;
  headings.set(anchor, earlier + 1);
  return earlier === 0 ? anchor : `${anchor}-${earlier}`;
}
