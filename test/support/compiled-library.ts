import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './documents.js';
import { startProcess, type RunningProcess } from './running-process.js';
import { transpile, transpileFolder } from './transpile.js';

/** A process that listens on a port. */
export type StartedServer = RunningProcess & { readonly port: number };

/** The library, compiled into a folder of its own, so that no build disturbs another, and programs that use it. */
export class CompiledLibrary {
  readonly #folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-'));
  readonly #started: RunningProcess[] = [];

  constructor() {
    cpSync(join(ROOT, 'package.json'), this.pathOf('package.json'));
    symlinkSync(join(ROOT, 'node_modules'), this.pathOf('node_modules'));
    transpileFolder(join(ROOT, 'lib'), this.pathOf('dist'));
  }

  /** Where a file of this folder is. */
  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Compiles a program into a file of this folder. */
  write(name: string, code: string): void {
    writeFileSync(this.pathOf(name), transpile(code));
  }

  /** Runs a file of this folder. */
  run(name: string, environment: Record<string, string> = {}): RunningProcess {
    const process = startProcess('node', [this.pathOf(name)], { NO_COLOR: '1', ...environment });
    this.#started.push(process);
    return process;
  }

  /** Runs a file that says where it listens: `Listening on <port>`, or a URL; resolves when it has. */
  async serve(name: string, environment: Record<string, string> = {}): Promise<StartedServer> {
    const process = this.run(name, environment);
    const [, port] = await process.untilOutput(/Listening on (?:\S+:)?(\d+)/);
    return { ...process, port: Number(port) };
  }

  /** Has end what is still running, after a test that failed, and removes the folder. */
  async remove(): Promise<void> {
    await Promise.all(this.#started.map((process) => process.stop('SIGKILL')));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
