import { contenders } from './contenders.mjs';
import { LoadClient } from './load-client.mjs';
import { RunningServer } from './running-server.mjs';

/** The contenders of a scenario, all running, each with a load client of its own. */
export class Field {
  #entries = new Map();

  /** @param options what is different about all of them in this scenario */
  static async start(bench, ids, options = {}) {
    const field = new Field();
    try {
      await Promise.all(bench.available(ids).map((id) => field.#add(bench.program, id, options)));
    } catch (error) {
      await field.stop();
      throw error;
    }
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

  async tallies() {
    const tallies = await Promise.all(this.ids.map(async (id) => [id, await this.get(id).load.tally()]));
    return new Map(tallies);
  }

  async stop() {
    const entries = [...this.#entries.values()];
    await Promise.all(entries.map(({ load }) => load?.quit()));
    await Promise.all(entries.map(({ server }) => server.stop()));
  }
}
