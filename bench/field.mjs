import { contenders } from './contenders.mjs';
import { LoadClient } from './load-client.mjs';
import { RunningServer } from './running-server.mjs';

/** The contenders of a scenario, all running, each with a load client of its own. */
export class Field {
  #entries = new Map();

  /** @param options what is different about all of them in this scenario */
  static async start(bench, ids, options = {}) {
    const field = new Field();
    const failures = new Map();
    const add = (id) => field.#add(bench.program, id, options).catch((error) => void failures.set(id, error));
    await Promise.all(bench.available(ids).map(add));
    await field.drop(failures.keys());
    bench.failed('its start', failures);
    return field;
  }

  async #add(program, id, options) {
    const contender = contenders.get(id);
    const server = await RunningServer.start(contender, options);
    this.#entries.set(id, { server });
    // What is measured without clients has no port.
    if (server.port === undefined) return;
    const { port, trigger } = server;
    this.#entries.get(id).load = new LoadClient(program, { port, trigger, http2: contender.options.http2 });
  }

  /** In the order of the list of contenders. */
  get ids() {
    return [...contenders.keys()].filter((id) => this.#entries.has(id));
  }

  get(id) {
    return this.#entries.get(id);
  }

  /** Of those whose load client still answers. */
  async tallies() {
    const tallies = new Map();
    for (const id of this.ids) {
      const tally = await this.get(id)
        .load.tally()
        .catch(() => undefined);
      if (tally !== undefined) tallies.set(id, tally);
    }
    return tallies;
  }

  /** Ends some of them; whoever has failed once is not to be measured again. */
  async drop(ids) {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      this.#entries.delete(id);
      await entry?.load?.quit();
      await entry?.server.stop();
    }
  }

  async stop() {
    const entries = [...this.#entries.values()];
    await Promise.all(entries.map(({ load }) => load?.quit()));
    await Promise.all(entries.map(({ server }) => server.stop()));
  }
}
