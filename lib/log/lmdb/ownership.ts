import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync, rmSync } from 'node:fs';
import { createServer, connect, type Server } from 'node:net';
import { join } from 'node:path';
import { shown, SseError } from '../../errors/sse-error.js';

/** That this process, and no other of this machine, has a folder. The system ends it with the process, however that ends. */
export class Ownership {
  private constructor(private readonly server: Server) {}

  /** @throws SseError (rejects with) `LOG_IN_USE` */
  static async take(path: string): Promise<Ownership> {
    const name = nameOf(realpathSync(path));
    try {
      return new Ownership(await listen(name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (await isAnswered(name)) throw inUse(path);
      // Where the socket is a file, it is still there after its process has died.
      rmSync(name, { force: true });
      return new Ownership(await listen(name));
    }
  }

  async release(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }
}

export function inUse(path: string): SseError {
  return new SseError(
    'LOG_IN_USE',
    `another process, or another log of this one, has the folder ${shown(path)}; a log on the disk belongs to one: end that, or give each a folder of its own`,
  );
}

function nameOf(path: string): string {
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 32);
  // Linux has names for sockets that are no files, Windows has pipes; neither outlives the process.
  if (process.platform === 'linux') return `\0nestjs-sse-hub-${hash}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\nestjs-sse-hub-${hash}`;
  return join(path, 'owner.sock');
}

async function listen(name: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen(name);
  await once(server, 'listening');
  server.unref();
  return server;
}

async function isAnswered(name: string): Promise<boolean> {
  const socket = connect(name);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
