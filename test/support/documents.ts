import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The documents for users, by their paths in the repository. */
export const documents: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export interface CodeBlock {
  /** Where it is, for messages: `docs/recipes.md:27`. */
  readonly place: string;
  /** The heading that it is under. */
  readonly heading: string;
  readonly language: string;
  readonly code: string;
}

/** The fenced blocks of a document, in its order. */
export function codeBlocks(document: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let heading = '';
  let open: { language: string; line: number; code: string } | undefined;
  for (const [index, line] of read(document).split('\n').entries()) {
    const fence = /^```(\w*)$/.exec(line);
    if (open !== undefined && fence === null) open.code += `${line}\n`;
    else if (open !== undefined) {
      blocks.push({ place: `${document}:${open.line}`, heading, language: open.language, code: open.code });
      open = undefined;
    } else if (fence !== null) open = { language: fence[1]!, line: index + 1, code: '' };
    else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
  }
  return blocks;
}

/** The code of one block: the only one of its language under a heading, or one of several. */
export function codeBlock(document: string, heading: string, language: string, index?: number): string {
  const found = codeBlocks(document).filter(
    (block) => block.heading === heading && block.language === language,
  );
  if (found.length > index! || (index === undefined && found.length === 1)) return found[index ?? 0]!.code;
  throw new Error(`${document} has ${found.length} blocks of ${language} under "${heading}"`);
}
