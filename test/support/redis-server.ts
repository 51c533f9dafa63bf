import { mkdtempSync, rmSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { startProcess, type RunningProcess } from './running-process.js';

const execute = promisify(execFile);

/** A real Redis of a test's own. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Has it do something, as `redis-cli` does. */
  command(...command: string[]): Promise<string>;
  /** Ends it: with its files written, or with SIGKILL as they are. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port, with what its files hold. */
  restart(): Promise<void>;
  /** Has it stand still, and go on. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

/** @param options further lines of its configuration, as arguments */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-redis-'));
  const port = await freePort();
  const start = async (): Promise<RunningProcess> => {
    const files = ['--dir', folder, '--appendonly', 'yes', '--save', ''];
    const server = startProcess('redis-server', [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      ...files,
      ...options,
    ]);
    await server.untilOutput(/Ready to accept connections/);
    return server;
  };
  let server = await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command: async (...command) => {
      const { stdout } = await execute('redis-cli', ['-p', String(port), ...command]);
      return stdout;
    },
    kill: async (signal) => void (await server.stop(signal)),
    restart: async () => void (server = await start()),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    stop: async () => {
      server.signal('SIGCONT');
      await server.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
