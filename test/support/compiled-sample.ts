import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, type RunningProcess } from './running-process.js';
import { transpileFolder } from './transpile.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Library and samples, compiled into a folder of their own as `npm start` has them, so that no build disturbs another. */
export interface CompiledSample {
  /** Starts the application on a port, a free one by default; resolves when it listens. */
  start(port?: number): Promise<RunningProcess & { readonly port: number }>;
  /** Has end what is still running of it, after a test that failed, and removes it. */
  remove(): Promise<void>;
}

export function compileSample(): CompiledSample {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-sample-'));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  transpileFolder(join(ROOT, 'lib'), join(folder, 'dist'));
  transpileFolder(join(ROOT, 'sample'), join(folder, 'dist-sample'));
  cpSync(join(ROOT, 'sample/public'), join(folder, 'sample/public'), { recursive: true });
  const started: RunningProcess[] = [];
  return {
    start: async (wanted = 0) => {
      const main = join(folder, 'dist-sample/main.js');
      const process = startProcess('node', [main], { PORT: String(wanted), NO_COLOR: '1' });
      started.push(process);
      const [, port] = await process.untilOutput(/Listening on \S+:(\d+)/);
      return { ...process, port: Number(port) };
    },
    remove: async () => {
      await Promise.all(started.map((process) => process.stop('SIGKILL')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
