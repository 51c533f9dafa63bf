import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { codeBlocks, documents, read, ROOT } from '../support/documents.js';
import { checkScripts, typecheckExamples } from '../support/examples.js';

// A type check of all examples takes some seconds, and several times that on a busy machine.
const A_WHILE = 120_000;

describe('the documents', () => {
  test(
    'show TypeScript that compiles',
    () => {
      expect(typecheckExamples()).toEqual([]);
    },
    A_WHILE,
  );

  test('show scripts that can be parsed', () => {
    expect(checkScripts()).toEqual([]);
  });

  test('say of every block what it is', () => {
    const languages = new Set(documents.flatMap(codeBlocks).map(({ language }) => language));

    expect([...languages].sort()).toEqual([
      'caddyfile',
      'console',
      'haproxy',
      'js',
      'json',
      'nginx',
      'sh',
      'text',
      'ts',
      'yaml',
    ]);
  });

  test('link to files, and to headings in them, that exist', () => {
    const missing = documents.flatMap((document) =>
      linksOf(document).filter((target) => {
        const [path, anchor] = target.split('#') as [string, string | undefined];
        const file = path === '' ? document : join(document, '..', path);
        if (!ts.sys.fileExists(join(ROOT, file))) return true;
        return anchor !== undefined && !anchorsOf(file).has(anchor);
      }),
    );

    expect(missing).toEqual([]);
  });

  test('know every command of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const contributing = read('CONTRIBUTING.md');
    const told = Array.from(contributing.matchAll(/^\| `npm (?:run )?([\w:]+)`/gm), ([, name]) => name);
    const commands = Object.keys(scripts).filter((name) => !/^(pre|post)|^build:|^lint:|^docs:/.test(name));

    expect(new Set(told)).toEqual(new Set(['ci', ...commands]));
  });
});

/** Where a document links to in this repository; what stands in code is no link. */
function linksOf(document: string): string[] {
  const text = read(document)
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, 'code');
  return Array.from(text.matchAll(/\]\((?!https?:)([^)]+)\)/g), ([, target]) => target!);
}

/** The anchors that GitHub gives to a document's headings: those of the same name are counted. */
function anchorsOf(document: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of read(document).matchAll(/^#+ (.*)$/gm)) {
    const name = heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    let anchor = name;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${name}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}
