import { toDeliveries } from '../deliveries.mjs';
import { Field } from '../field.mjs';
import { untilIdle } from '../process-figures.mjs';
import { inRounds } from '../rounds.mjs';
import { summarise } from '../summary.mjs';
import { slot } from './slot.mjs';

const IDS = [
  'hub-express',
  'hub-express-again',
  'hub-fastify',
  'hub-default-writer',
  'control-replay',
  'control-replay-pieces',
];
const EVENTS = 100_000;

const scenario = {
  id: 'replay',
  title: 'A late client reads 100,000 events',
  text: 'From the connection until the last event has arrived; all are retained in memory. The control has its bytes made beforehand.',
  measures: [
    { id: 'throughput', title: 'Events per second', unit: '/s', better: 'higher' },
    { id: 'cpu', title: 'CPU time of the server per event', unit: 'us', better: 'lower' },
  ],
};

export const replay = {
  ids: ['replay'],
  slow: [],

  async run(bench) {
    bench.tell('replay');
    const field = await Field.start(bench, IDS, { heartbeats: false, retained: EVENTS });
    try {
      const plan = { ids: field.ids, rounds: bench.rounds, warmUps: bench.warmUps, random: bench.random };
      const due = new Map(field.ids.map((id) => [id, 0]));
      const { samples, failures } = await inRounds(plan, (id) => {
        due.set(id, due.get(id) + EVENTS);
        return measure(field.get(id));
      });
      bench.failed('replay', failures);
      bench.add(summarise(scenario, samples, await deliveries(field, due)));
    } finally {
      await field.stop();
    }
  },
};

async function measure(entry) {
  const { server, load } = entry;
  const { serverCpu, elapsed, loadCpu } = await slot(entry, async () => {
    const begin = process.hrtime.bigint();
    await load.open(1, 0);
    await load.await(EVENTS);
    return Number(process.hrtime.bigint() - begin);
  });
  await load.close();
  await untilIdle(server.pid);
  return { values: { throughput: EVENTS / (elapsed / 1e9), cpu: serverCpu / 1e3 / EVENTS }, loadCpu };
}

async function deliveries(field, due) {
  const tallies = await field.tallies();
  return new Map([...tallies].map(([id, tally]) => [id, toDeliveries({ ...tally, due: due.get(id) })]));
}
