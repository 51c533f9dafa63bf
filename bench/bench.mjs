import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SseHub } from 'nestjs-sse-hub';
import { seededRandom } from './rounds.mjs';
import { toTable } from './table.mjs';

const NCHAN_MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** One run: how much of everything, who takes part, and what went wrong. */
export class Bench {
  /** @type {{ contender: string, why: string }[]} */
  leftOut = [];
  /** What has been found out. */
  scenarios = [];
  hasFailed = false;
  #only;
  #unavailable = unavailable();

  constructor(program, { isQuick, rounds, only, seed }) {
    this.program = program;
    this.isQuick = isQuick;
    this.rounds = rounds ?? (isQuick ? 7 : 15);
    /** Of what takes long. */
    this.fewRounds = isQuick ? Math.min(this.rounds, 3) : this.rounds;
    this.warmUps = isQuick ? 1 : 2;
    /** Milliseconds that each contender has in a round. */
    this.slotMs = isQuick ? 100 : 200;
    this.seed = seed;
    this.random = seededRandom(seed);
    this.#only = only;
  }

  wants(scenario) {
    return this.#only.has(scenario);
  }

  /** Those of the contenders that can take part here. */
  available(ids) {
    for (const id of ids) {
      const why = this.#unavailable.get(id);
      if (why !== undefined && !this.leftOut.some(({ contender }) => contender === id)) {
        this.leftOut.push({ contender: id, why });
      }
    }
    return ids.filter((id) => !this.#unavailable.has(id));
  }

  /** A scenario that is finished is shown at once, and stays where a later one fails. */
  add(scenario) {
    this.scenarios.push(scenario);
    console.log(toTable(scenario));
  }

  tell(what) {
    console.error(`${((performance.now() / 1000) | 0).toString().padStart(5)} s  ${what}`);
  }

  /** Notes who could not be measured to the end, and what its streams had got by then. */
  failed(scenario, failures, deliveries = new Map()) {
    for (const [contender, error] of failures) {
      const { due, delivered } = deliveries.get(contender) ?? {};
      const got = due === undefined ? '' : `; ${delivered} of ${due} events have been delivered`;
      this.hasFailed = true;
      this.leftOut.push({ contender, why: `failed in ${scenario}: ${error.message}${got}` });
    }
  }
}

function unavailable() {
  const reasons = new Map();
  if (!existsSync(NCHAN_MODULE) || !isInstalled('nginx')) {
    const why = 'nginx with nchan is not installed: "npm run setup" installs Debian\'s libnginx-mod-nchan';
    reasons.set('nchan', why).set('nchan-http2', why);
  }
  if (!knowsRawWrites()) reasons.set('hub-default-writer', 'this version has no option rawWrites');
  return reasons;
}

function knowsRawWrites() {
  try {
    void new SseHub({ rawWrites: false });
    return true;
  } catch {
    return false;
  }
}

function isInstalled(program) {
  const folders = [...process.env.PATH.split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
