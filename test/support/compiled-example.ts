import { CompiledLibrary, type StartedServer } from './compiled-library.js';
import { freePort } from './free-port.js';

/** The library, compiled into a folder of its own, and examples of the documents beside it, run as processes. */
export interface CompiledExamples {
  /**
   * Runs an example, which listens on port 3000, on a free port instead, or on the one that is given. It need not listen
   * yet when this returns: `curl --retry-connrefused` waits for it.
   */
  start(code: string, port?: number): Promise<StartedServer>;
  /**
   * Runs an application of the controllers and providers that an example exports, or its `AppModule`; it listens when
   * this returns.
   */
  startModule(code: string, environment?: Record<string, string>): Promise<StartedServer>;
  /** Has end what is still running of them, after a test that failed, and removes them. */
  remove(): Promise<void>;
}

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
  const library = new CompiledLibrary();
  let started = 0;
  return {
    startModule: (code, environment) => {
      const name = `example-${started++}.js`;
      library.write(name, code);
      library.write(`main-${name}`, MAIN.replace('EXAMPLE', name));
      return library.serve(`main-${name}`, environment);
    },
    start: async (code, wanted) => {
      const port = wanted ?? (await freePort());
      const name = `main-${started++}.js`;
      library.write(name, code.replaceAll('3000', String(port)));
      return { ...library.run(name), port };
    },
    remove: () => library.remove(),
  };
}
