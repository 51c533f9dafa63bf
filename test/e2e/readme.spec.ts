import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

// What an example takes for granted: it shows one thing, and not where everything comes from.
const PRELUDE = `
import { Controller, Req, RequestMethod, UseGuards, type CanActivate } from '@nestjs/common';
import { CurrentConnection, LastEventId, memoryLog, SseError, SseHub, SseModule, SseStream, StreamSignal } from 'nestjs-sse-hub';
import type { SseConnection } from 'nestjs-sse-hub';
import { interval, map } from 'rxjs';
declare const hub: SseHub;
declare class SignedIn implements CanActivate { canActivate(): boolean; }
declare class OrderService { all(): Promise<object[]>; }
`;

const documents = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];

describe('the documents', () => {
  test('show TypeScript that compiles', () => {
    const examples = new Map(documents.flatMap(examplesOf));
    expect(examples.size).toBeGreaterThan(5);

    expect(compile(examples)).toEqual([]);
  });

  test('link to files that exist', () => {
    const links = documents.flatMap((document) => {
      const targets = read(document).matchAll(/\]\((?!https?:)([^)#]+)/g);
      return Array.from(targets, ([, target]) => new URL(target!, `file://${ROOT}${document}`));
    });

    expect(links.filter((link) => !ts.sys.fileExists(fileURLToPath(link)))).toEqual([]);
  });

  test('know every command of package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const readme = read('README.md');
    const told = Array.from(readme.matchAll(/^\| `npm (?:run )?([\w:]+)`/gm), ([, name]) => name);
    const commands = Object.keys(scripts).filter((name) => !/^(pre|post)|^build:|^lint:/.test(name));

    expect(new Set(told)).toEqual(new Set(['ci', ...commands]));
  });
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The TypeScript blocks of a document as files beside it. */
function examplesOf(document: string): [string, string][] {
  const blocks = read(document).matchAll(/^```ts\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ([, code], index) => [
    join(ROOT, `${document}.${index}.ts`),
    /^import /m.test(code!) ? code! : `${PRELUDE}\n${code}\nexport {};`,
  ]);
}

function compile(files: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const compilerOptions = { ...options, noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(compilerOptions);
  const onDisk = { fileExists: host.fileExists, readFile: host.readFile };
  host.fileExists = (path) => files.has(path) || onDisk.fileExists(path);
  host.readFile = (path) => files.get(path) ?? onDisk.readFile(path);
  const program = ts.createProgram([...files.keys()], compilerOptions, host);
  const isExample = ({ file }: ts.Diagnostic) => file === undefined || files.has(file.fileName);
  return ts
    .getPreEmitDiagnostics(program)
    .filter(isExample)
    .map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
}
