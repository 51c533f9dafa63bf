import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { startProcess, type RunningProcess } from './running-process.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Library and samples, compiled into a folder of their own as `npm start` has them, so that no build disturbs another. */
export interface CompiledSample {
  /** Starts the application on a free port; resolves when it listens. */
  start(): Promise<RunningProcess & { readonly port: number }>;
  remove(): void;
}

export function compileSample(): CompiledSample {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-sample-'));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  transpile(join(ROOT, 'lib'), join(folder, 'dist'));
  transpile(join(ROOT, 'sample'), join(folder, 'dist-sample'));
  return {
    start: () => start(join(folder, 'dist-sample/main.js')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function start(main: string) {
  const process = startProcess('node', [main], { PORT: '0', NO_COLOR: '1' });
  const [, port] = await process.untilOutput(/Listening on \S+:(\d+)/);
  return { ...process, port: Number(port) };
}

// Types are checked elsewhere.
function transpile(from: string, to: string): void {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, noEmit: false }, ROOT);
  // A file's format depends on the nearest package.json, which a single file does not show.
  const compilerOptions = { ...options, module: ts.ModuleKind.ESNext };
  for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    const { outputText } = ts.transpileModule(readFileSync(join(from, path), 'utf8'), { compilerOptions });
    const target = join(to, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
}
