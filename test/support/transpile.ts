import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './documents.js';

/** Compiles every TypeScript file of a folder into another one. Types are checked elsewhere. */
export function transpileFolder(from: string, to: string): void {
  for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    const target = join(to, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transpile(readFileSync(join(from, path), 'utf8')));
  }
}

/** Compiles one file to an ES module. */
export function transpile(code: string): string {
  return ts.transpileModule(code, { compilerOptions }).outputText;
}

const compilerOptions = readOptions();

function readOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, noEmit: false }, ROOT);
  // A file's format depends on the nearest package.json, which a single file does not show.
  return { ...options, module: ts.ModuleKind.ESNext };
}
