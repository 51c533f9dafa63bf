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
  start(code: string): Promise<StartedExample>;
  /**
   * Runs an application of the controllers and providers that an example exports, or its `AppModule`; it listens when
   * this returns.
   */
  startModule(code: string): Promise<StartedExample>;
  remove(): void;
}

export type StartedExample = RunningProcess & { readonly port: number };

// Nest's own mark of a controller tells it from a provider.
const MAIN = `
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { SseModule } from 'nestjs-sse-hub';
import * as example from './EXAMPLE';

class Application {}
const classes = Object.values(example);
const isController = (each) => Reflect.hasMetadata('__controller__', each);
const module = {
  module: Application,
  imports: [SseModule.forRoot()],
  controllers: classes.filter(isController),
  providers: classes.filter((each) => !isController(each)),
};
const app = await NestFactory.create(example.AppModule ?? module, { logger: ['warn', 'error'] });
await app.listen(0, '127.0.0.1');
console.log('Listening on', await app.getUrl());
`;

export function compileExamples(): CompiledExamples {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-examples-'));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  transpileFolder(join(ROOT, 'lib'), join(folder, 'dist'));
  mkdirSync(join(folder, 'examples'));
  let started = 0;
  return {
    startModule: async (code) => {
      const name = `module-${started++}.js`;
      writeFileSync(join(folder, 'examples', name), transpile(code));
      writeFileSync(join(folder, 'examples', `main-${name}`), MAIN.replace('EXAMPLE', name));
      const process = startProcess('node', [join(folder, 'examples', `main-${name}`)], { NO_COLOR: '1' });
      const [, port] = await process.untilOutput(/Listening on \S+:(\d+)/);
      return { ...process, port: Number(port) };
    },
    start: async (code) => {
      const port = await freePort();
      const file = join(folder, 'examples', `${port}.js`);
      writeFileSync(file, transpile(code.replaceAll('3000', String(port))));
      return { ...startProcess('node', [file], { NO_COLOR: '1' }), port };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
