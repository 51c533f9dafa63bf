import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { hasEnded, untilEnded } from './ending.mjs';

const PATIENCE_MS = 60_000;

/** The clients of one contender, which are a process of their own; load/orders.h says what it can be told. */
export class LoadClient {
  #process;
  #lines;

  /** @param {{ port: number, trigger: string, http2?: boolean }} server */
  constructor(program, { port, trigger, http2 = false }) {
    const version = http2 ? '2' : '1';
    this.#process = spawn(program, [String(port), '/', trigger, version], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#lines = createInterface(this.#process.stdout);
    // It ends with a message of its own; what was to be written to it then is of no interest.
    this.#process.stdin.on('error', () => undefined);
  }

  get pid() {
    return this.#process.pid;
  }

  /** Opens streams; answers nanoseconds. Their first event is the one after `last`. */
  async open(count, last) {
    const [, , time] = await this.#order(last === undefined ? `open ${count}` : `open ${count} ${last}`);
    return Number(time);
  }

  /** Turns of so many events, each when all streams have those of the one before; answers nanoseconds. */
  async turns(count, perTurn) {
    const [, time] = await this.#order(`turns ${count} ${perTurn}`);
    return Number(time);
  }

  /** Turns of one event at a fixed rate; answers nanoseconds until the last has arrived everywhere. */
  async pace(count, interval) {
    const [, time] = await this.#order(`pace ${count} ${interval}`);
    return Number(time);
  }

  /** Until every stream has the event of this number. */
  async await(number) {
    await this.#order(`await ${number}`);
  }

  /** Nanoseconds from publish to arrival, of all events since the last time that this was asked. */
  async latency() {
    const [, p50, p99] = await this.#order('latency');
    return { p50: Number(p50), p99: Number(p99) };
  }

  async tally() {
    const [, due, delivered, missing, doubled, lost] = (await this.#order('tally')).map(Number);
    return { due, delivered, missing, doubled, lost };
  }

  async stopReading() {
    await this.#order('stop');
  }

  async close() {
    await this.#order('close');
  }

  async quit() {
    this.#process.stdin.end();
    await untilEnded(this.#process);
  }

  async #order(order) {
    if (hasEnded(this.#process)) throw new Error('the load client has ended');
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const answer = once(this.#lines, 'line', { signal });
    const ended = once(this.#process, 'exit', { signal }).then(([code, signalName]) => {
      throw new Error(`the load client has ended with ${code ?? signalName} at "${order}"`);
    });
    this.#process.stdin.write(`${order}\n`);
    try {
      const [line] = await Promise.race([answer, ended]);
      return line.split(' ');
    } catch (error) {
      if (error.name !== 'AbortError') throw error;
      throw new Error(`"${order}" is not done after ${PATIENCE_MS / 1000} s`, { cause: error });
    } finally {
      over.abort();
    }
  }
}
