import { CompiledLibrary, type StartedServer } from './compiled-library.js';
import { read } from './documents.js';

export type { StartedServer };

/** One file of the tests that serves the library, compiled. */
export interface CompiledServer {
  /** Starts it as a process on a port, a free one by default; resolves when it says that it listens. */
  start(environment: Record<string, string>, port?: number): Promise<StartedServer>;
  /** Has end what is still running of it, after a test that failed, and removes it. */
  remove(): Promise<void>;
}

/** @param path the server's file in the repository; it takes its port from `PORT` and writes `Listening on <port>` */
export function compileServer(path: string): CompiledServer {
  const library = new CompiledLibrary();
  library.write('main.js', read(path));
  return {
    start: (environment, port = 0) => library.serve('main.js', { ...environment, PORT: String(port) }),
    remove: () => library.remove(),
  };
}
