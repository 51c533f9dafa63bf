import { Field } from '../field.mjs';
import { cpuTimeOf, untilStill } from '../process-figures.mjs';
import { inRounds } from '../rounds.mjs';
import { summarise } from '../summary.mjs';

const definitions = {
  publish: {
    ids: ['hub-publish', 'hub-publish-again', 'control-encode'],
    title: 'Publishing without followers',
    text: 'To a topic that nobody follows, kept in the default history, against a loop that only does JSON.stringify and Buffer.from.',
  },
  encode: {
    ids: ['hub-encode', 'control-encode'],
    title: 'Encoding',
    text: 'An event with a name, an id and about a hundred bytes of JSON, against a loop that only does JSON.stringify and Buffer.from.',
  },
  'parse-64k': parsing(64),
  'parse-1k': parsing(1),
};

function parsing(kibibytes) {
  return {
    ids: ['hub-parse', 'hub-parse-again', 'eventsource-parser', 'undici-parse', 'control-parse'],
    options: { chunkBytes: kibibytes * 1024 },
    title: `Parsing, in chunks of ${kibibytes} KiB`,
    text: 'Events with a name, an id and about a hundred bytes of JSON, from bytes to the text of their data.',
  };
}

const measures = [
  { id: 'throughput', title: 'Events per second of CPU time', unit: '/s', better: 'higher' },
  { id: 'cpu', title: 'CPU time per event', unit: 'us', better: 'lower' },
];

/** What is done in a process by itself, without clients. */
export const operations = {
  ids: Object.keys(definitions),
  slow: [],

  async run(bench) {
    for (const id of this.ids) if (bench.wants(id)) await runScenario(bench, id);
  },
};

async function runScenario(bench, id) {
  bench.tell(id);
  const { ids, options, ...scenario } = definitions[id];
  const count = bench.isQuick ? 100_000 : 300_000;
  const field = await Field.start(bench, ids, options);
  try {
    const plan = { ids: field.ids, rounds: bench.rounds, warmUps: bench.warmUps, random: bench.random };
    const { samples, failures } = await inRounds(plan, (contender) => measure(field.get(contender), count));
    bench.failed(id, failures);
    bench.add(summarise({ id, ...scenario, measures }, samples));
  } finally {
    await field.stop();
  }
}

async function measure({ server }, count) {
  await untilStill(server.pid);
  const begin = cpuTimeOf(server.pid);
  await server.operate(count);
  await untilStill(server.pid);
  const cpu = (cpuTimeOf(server.pid) - begin) / 1e3 / count;
  return { values: { throughput: 1e6 / cpu, cpu } };
}
