import { Field } from '../field.mjs';
import { deliveriesBetween } from '../deliveries.mjs';
import { LoadClient } from '../load-client.mjs';
import { untilIdle } from '../process-figures.mjs';
import { inRounds } from '../rounds.mjs';
import { summarise } from '../summary.mjs';
import { slot } from './slot.mjs';

const IDS = [
  'hub-express',
  'hub-fastify',
  'nest-express',
  'better-sse',
  'fastify-sse',
  'nchan',
  'control-res-write',
];

// Gigabytes pass in each.
const MOST_ROUNDS = 3;
const EVENT_BYTES = 16 * 1024;
const MIB = 1024 * 1024;

const measures = [
  { id: 'p99', title: 'From publish to arrival, p99', unit: 'ms', better: 'lower' },
  { id: 'delay', title: 'p99 of those who read, against nobody stopping', unit: 'x', better: 'lower' },
  { id: 'p50', title: 'From publish to arrival, p50', unit: 'ms', better: 'lower' },
  { id: 'kept', title: 'Heap of the server for each who has stopped', unit: 'MiB', better: 'lower' },
  { id: 'resident', title: 'Growth of the process for each who has stopped', unit: 'MiB', better: 'lower' },
  { id: 'cpu', title: 'CPU time of the server per delivery', unit: 'us', better: 'lower' },
];

/** Some stop reading: what the others notice, and what the server keeps for those who have stopped. */
export const slowReaders = {
  ids: ['slow-readers'],
  slow: [],

  async run(bench) {
    const size = bench.isQuick
      ? { live: 20, stopped: 8, mebibytes: 8 }
      : { live: 50, stopped: 32, mebibytes: 32 };
    const { live, stopped, mebibytes } = size;
    bench.tell('slow-readers');
    const scenario = {
      id: 'slow-readers',
      title: `${stopped} of ${live + stopped} streams stop reading`,
      text: `${mebibytes} MiB in events of 16 KiB, each published when the ${live} who read have the one before.`,
      measures,
    };
    const field = await Field.start(bench, IDS, { heartbeats: false, textLength: EVENT_BYTES });
    try {
      for (const id of field.ids) await field.get(id).load.open(live);
      const rounds = Math.min(bench.fewRounds, MOST_ROUNDS);
      const plan = { ids: field.ids, rounds, warmUps: 1, random: bench.random };
      const before = await field.tallies();
      const turns = (mebibytes * MIB) / EVENT_BYTES;
      const { samples, failures } = await inRounds(plan, (id) =>
        measure(bench.program, field.get(id), { live, stopped, turns }),
      );
      bench.failed('slow-readers', failures);
      bench.add(summarise(scenario, samples, deliveriesBetween(before, await field.tallies())));
    } finally {
      await field.stop();
    }
  },
};

async function measure(program, entry, { live, stopped, turns }) {
  const { server, load } = entry;
  await load.latency();
  await load.turns(turns / 4, 1);
  const alone = await load.latency();
  const before = await server.memory();
  const { serverCpu, loadCpu, p50, p99, after } = await besideSleepers(program, server, stopped, async () => {
    const cpu = await slot(entry, () => load.turns(turns, 1));
    return { ...cpu, ...(await load.latency()), after: await server.memory() };
  });
  await untilIdle(server.pid);
  const grown = (name) =>
    after[name] === undefined ? undefined : (after[name] - before[name]) / MIB / stopped;
  const values = {
    delay: p99 / alone.p99,
    p50: p50 / 1e6,
    p99: p99 / 1e6,
    cpu: serverCpu / 1e3 / (turns * live),
  };
  return { values: { ...values, kept: grown('heap'), resident: grown('resident') }, loadCpu };
}

/** Does something while there are clients that have a stream and read nothing of it. */
async function besideSleepers(program, server, count, act) {
  const sleepers = new LoadClient(program, server);
  try {
    await sleepers.open(count);
    await sleepers.stopReading();
    return await act();
  } finally {
    await sleepers.quit();
  }
}
