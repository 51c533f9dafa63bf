import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded, untilEnded } from '../ending.mjs';
import { ScriptedServer } from './scripted-server.mjs';

const SCRIPT = new URL('./client-process.mjs', import.meta.url);

/** One client in a process of its own, with a server for it alone. */
export class Trial {
  /** What the client has said: `event`, `error`, `end` or `exit`, and when. */
  told = [];
  #process;

  /**
   * @param answer what the server does with each request
   * @param look finds out with the trial what there is to find out
   */
  static async run(client, { answer, options = {} }, look) {
    const server = await ScriptedServer.start(answer);
    const trial = new Trial(server, client, options);
    try {
      return await look(trial);
    } finally {
      trial.#process.kill('SIGKILL');
      await untilEnded(trial.#process);
      await server.stop();
    }
  }

  constructor(server, { adapter }, options) {
    this.server = server;
    const job = JSON.stringify({ adapter, url: server.url, options });
    this.#process = fork(SCRIPT, [job], {
      execArgv: ['--no-warnings'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process.on('message', (message) => this.told.push({ at: performance.now(), ...message }));
    this.#process.on('exit', () => this.told.push({ at: performance.now(), kind: 'exit' }));
  }

  get requests() {
    return this.server.requests;
  }

  get events() {
    return this.of('event');
  }

  of(kind) {
    return this.told.filter((message) => message.kind === kind);
  }

  get hasExited() {
    return hasEnded(this.#process);
  }

  /** Mebibytes of the process that have been in memory at the most; undefined where it has ended. */
  get peakMemory() {
    if (this.hasExited) return undefined;
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(
      readFileSync(`/proc/${this.#process.pid}/status`, 'latin1'),
    );
    return Math.round(Number(kilobytes) / 1024);
  }

  /** Waits until it is so, or the time is over; answers whether it is so. */
  async until(isSo, milliseconds = 5_000) {
    const end = performance.now() + milliseconds;
    while (!isSo()) {
      if (performance.now() > end) return false;
      await delay(5);
    }
    return true;
  }

  /** Waits for the request with this number, from 0 on; undefined where it does not come. */
  async request(number, milliseconds = 10_000) {
    await this.until(() => this.requests.length > number || this.hasExited, milliseconds);
    return this.requests[number];
  }

  /** Waits for so many events once the client has connected, and a little longer for more. */
  async someEvents(count, milliseconds = 1_500) {
    await this.request(0);
    await this.until(() => this.events.length >= count || this.hasExited, milliseconds);
    await delay(150);
    return this.events;
  }
}
