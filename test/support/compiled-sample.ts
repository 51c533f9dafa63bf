import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledLibrary, type StartedServer } from './compiled-library.js';
import type { RunningProcess } from './running-process.js';
import { ROOT } from './documents.js';
import { transpileFolder } from './transpile.js';

/** Library and samples, compiled into a folder of their own as `npm start` has them. */
export interface CompiledSample {
  /** Starts the application on a port, a free one by default; resolves when it listens. */
  start(port?: number, environment?: Record<string, string>): Promise<StartedServer>;
  /** Starts the one that tells its metrics. */
  startMetrics(metricsPort: number): Promise<StartedServer>;
  /** Starts the two clients, of one of the application's streams on a port. */
  startClients(port: number, path?: string): RunningProcess;
  /** Has end what is still running of it, after a test that failed, and removes it. */
  remove(): Promise<void>;
}

export function compileSample(): CompiledSample {
  const library = new CompiledLibrary();
  transpileFolder(join(ROOT, 'sample'), library.pathOf('dist-sample'));
  cpSync(join(ROOT, 'sample/public'), library.pathOf('sample/public'), { recursive: true });
  return {
    start: (port = 0, environment = {}) =>
      library.serve('dist-sample/main.js', { ...environment, PORT: String(port) }),
    startMetrics: (metricsPort) =>
      library.serve('dist-sample/metrics/main.js', { PORT: '0', METRICS_PORT: String(metricsPort) }),
    startClients: (port, path = '/sse') =>
      library.run('dist-sample/client.js', { SSE_URL: `http://127.0.0.1:${port}${path}` }),
    remove: () => library.remove(),
  };
}
