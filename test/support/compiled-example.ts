import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './documents.js';
import { freePort } from './free-port.js';
import { startProcess, type RunningProcess } from './running-process.js';
import { transpile, transpileFolder } from './transpile.js';

/** The library, compiled into a folder of its own, and examples of the documents beside it, run as processes. */
export interface CompiledExamples {
  /**
   * Runs an example, which listens on port 3000, on a free port instead. It need not listen yet when this returns:
   * `curl --retry-connrefused` waits for it.
   */
  start(code: string): Promise<RunningProcess & { readonly port: number }>;
  remove(): void;
}

export function compileExamples(): CompiledExamples {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-examples-'));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  transpileFolder(join(ROOT, 'lib'), join(folder, 'dist'));
  mkdirSync(join(folder, 'examples'));
  return {
    start: async (code) => {
      const port = await freePort();
      const file = join(folder, 'examples', `${port}.js`);
      writeFileSync(file, transpile(code.replaceAll('3000', String(port))));
      return { ...startProcess('node', [file], { NO_COLOR: '1' }), port };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
