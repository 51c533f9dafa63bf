import { fork } from 'node:child_process';
import { untilEnded } from './ending.mjs';
import { messageFrom } from './message-from.mjs';
import { residentBytesOf } from './process-figures.mjs';

// Warnings are about how a peer uses Node; they would be among the tables.
const EXEC_ARGV = ['--expose-gc', '--no-warnings'];

/** A contender that is running. */
export class RunningServer {
  #process;

  /** @param contender one of contenders.mjs, with what is different about it in this scenario in `options` */
  static async start(contender, options = {}) {
    const server = new RunningServer();
    const job = { file: contender.file, options: { ...contender.options, ...options } };
    const script = new URL('./server.mjs', import.meta.url);
    server.#process = fork(script, [JSON.stringify(job)], { execArgv: EXEC_ARGV });
    try {
      const { port, pid, trigger } = await messageFrom(server.#process);
      server.port = port;
      server.trigger = trigger;
      /** The process that does the work; not always the one that was started. */
      server.pid = pid;
      return server;
    } catch (error) {
      await server.#end();
      throw error;
    }
  }

  /** Bytes after a garbage collection: of the heap (undefined where there is none), and of the process. */
  async memory() {
    this.#process.send({});
    const { heap } = await messageFrom(this.#process);
    return { heap, resident: residentBytesOf(this.pid) };
  }

  /** Has work done that no client is needed for. */
  async operate(operations) {
    this.#process.send({ operations });
    await messageFrom(this.#process);
  }

  async stop() {
    // It may have ended meanwhile, by itself.
    if (this.#process.connected) this.#process.send({ stop: true }, () => undefined);
    await untilEnded(this.#process);
  }

  /** Where it cannot be asked any more. */
  async #end() {
    if (this.#process.connected) this.#process.disconnect();
    await untilEnded(this.#process);
  }
}
