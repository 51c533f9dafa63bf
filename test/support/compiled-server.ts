import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './documents.js';
import { startProcess, type RunningProcess } from './running-process.js';
import { transpile, transpileFolder } from './transpile.js';

/** The library and one file of the tests that serves it, compiled into a folder of their own. */
export interface CompiledServer {
  /** Starts it as a process on a port, a free one by default; resolves when it says that it listens. */
  start(environment: Record<string, string>, port?: number): Promise<StartedServer>;
  /** Has end what is still running of it, after a test that failed, and removes it. */
  remove(): Promise<void>;
}

export type StartedServer = RunningProcess & { readonly port: number };

/** @param path the server's file in the repository; it takes its port from `PORT` and writes `Listening on <port>` */
export function compileServer(path: string): CompiledServer {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-server-'));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  transpileFolder(join(ROOT, 'lib'), join(folder, 'dist'));
  mkdirSync(join(folder, 'server'));
  const main = join(folder, 'server', 'main.js');
  writeFileSync(main, transpile(readFileSync(join(ROOT, path), 'utf8')));
  const started: RunningProcess[] = [];
  return {
    start: async (environment, port = 0) => {
      const process = startProcess('node', [main], { ...environment, PORT: String(port), NO_COLOR: '1' });
      started.push(process);
      const [, listening] = await process.untilOutput(/Listening on (\d+)/);
      return { ...process, port: Number(listening) };
    },
    remove: async () => {
      await Promise.all(started.map((process) => process.stop('SIGKILL')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
