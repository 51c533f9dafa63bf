import { setTimeout as delay } from 'node:timers/promises';
import { Field } from '../field.mjs';
import { untilIdle } from '../process-figures.mjs';
import { inRounds } from '../rounds.mjs';
import { summarise } from '../summary.mjs';
import { slot } from './slot.mjs';

const IDS = [
  'hub-express',
  'hub-express-again',
  'hub-fastify',
  'nest-express',
  'nest-fastify',
  'better-sse',
  'fastify-sse',
  'nchan',
  'control-res-write',
  'nest-res-express',
  'nest-res-fastify',
];

const SETTLE_MS = 100;

const memory = {
  id: 'idle-memory',
  title: 'Memory of an idle stream',
  text: 'Streams are opened and nothing is sent; what the server has after a garbage collection, less what it had before, for each stream.',
  measures: [
    {
      id: 'heap',
      title: 'Heap and what it holds outside of itself, per stream',
      unit: 'KiB',
      better: 'lower',
    },
    { id: 'resident', title: 'Resident memory of the process, per stream', unit: 'KiB', better: 'lower' },
  ],
};

const rate = {
  id: 'connection-rate',
  title: 'Opening streams',
  text: 'From the connection to the end of the head of the response, 64 at a time.',
  measures: [
    { id: 'cpu', title: 'CPU time of the server per stream', unit: 'us', better: 'lower' },
    { id: 'rate', title: 'Streams per second', unit: '/s', better: 'higher' },
  ],
};

/** Opens streams, looks what they hold, and closes them. */
export const connections = {
  ids: [memory.id, rate.id],
  slow: [],

  async run(bench) {
    const streams = bench.isQuick ? 500 : 2_000;
    bench.tell(`${memory.id} and ${rate.id}, ${streams} streams each`);
    const field = await Field.start(bench, IDS, { heartbeats: true });
    try {
      const before = new Map();
      for (const id of field.ids) before.set(id, await field.get(id).server.memory());
      const plan = { ids: field.ids, rounds: bench.fewRounds, warmUps: 1, random: bench.random };
      const { samples, failures } = await inRounds(plan, (id) =>
        measure(field.get(id), streams, before.get(id)),
      );
      bench.failed(memory.id, failures);
      if (bench.wants(memory.id)) bench.add(summarise(memory, samplesOf(samples, 'memory')));
      if (bench.wants(rate.id)) bench.add(summarise(rate, samplesOf(samples, 'rate')));
    } finally {
      await field.stop();
    }
  },
};

async function measure(entry, streams, atStart) {
  const { server, load } = entry;
  const { heap: before } = await server.memory();
  const { serverCpu, elapsed, loadCpu } = await slot(entry, () => load.open(streams));
  await delay(SETTLE_MS);
  const { heap, resident } = await server.memory();
  const { lost } = await load.tally();
  if (lost > 0) throw new Error(`the server has ended ${lost} streams`);
  await load.close();
  await untilIdle(server.pid);
  return {
    memory: {
      values: {
        heap: heap === undefined ? undefined : (heap - before) / 1024 / streams,
        // What a process once had it does not give back at once, so the reference is its beginning.
        resident: (resident - atStart.resident) / 1024 / streams,
      },
    },
    rate: { values: { cpu: serverCpu / 1e3 / streams, rate: streams / (elapsed / 1e9) }, loadCpu },
  };
}

function samplesOf(samples, name) {
  return new Map([...samples].map(([id, rounds]) => [id, rounds.map((round) => round[name])]));
}
