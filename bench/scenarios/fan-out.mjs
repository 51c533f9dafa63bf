import { setTimeout as delay } from 'node:timers/promises';
import { contenders } from '../contenders.mjs';
import { deliveriesBetween } from '../deliveries.mjs';
import { Field } from '../field.mjs';
import { inRounds } from '../rounds.mjs';
import { summarise } from '../summary.mjs';
import { slot } from './slot.mjs';
import { TurnCounts } from './turn-counts.mjs';

const SETTLE_MS = 300;
const PACE_MS = 250;

const measures = [
  { id: 'cpu', title: 'CPU time of the server per delivery', unit: 'us', better: 'lower' },
  { id: 'throughput', title: 'Deliveries per second', unit: '/s', better: 'higher' },
  { id: 'p50', title: 'From publish to arrival, p50', unit: 'ms', better: 'lower' },
  { id: 'p99', title: 'From publish to arrival, p99', unit: 'ms', better: 'lower' },
  { id: 'load', title: 'CPU time of the load client per delivery', unit: 'us', better: 'lower' },
];
const pacedMeasures = ['p99', 'p50', 'cpu', 'load'].map((name) => measures.find(({ id }) => id === name));

/** Runs several scenarios with the same streams: first those with the fewest, then more are opened. */
export async function runFanOut(bench, ids, stages) {
  const field = await Field.start(bench, ids, { heartbeats: false });
  let open = 0;
  try {
    for (const { streams, scenarios } of stages) {
      bench.tell(`opening ${streams} streams each of ${field.ids.length} contenders`);
      await openAll(bench, field, streams - open);
      open = streams;
      for (const scenario of scenarios) await runScenario(bench, field, streams, scenario);
    }
  } finally {
    await field.stop();
  }
}

/** Two at a time, as there are cores for. */
async function openAll(bench, field, count) {
  const left = [...field.ids];
  const failures = new Map();
  const openNext = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      await field
        .get(id)
        .load.open(count)
        .catch((error) => void failures.set(id, error));
    }
  };
  await Promise.all([openNext(), openNext()]);
  bench.failed('opening its streams', failures);
  await field.drop(failures.keys());
  // Some have sent the head before the stream takes part in what is published.
  await delay(SETTLE_MS);
}

async function runScenario(bench, field, streams, { perTurn, isPaced, turns, ...scenario }) {
  bench.tell(scenario.id);
  const before = await field.tallies();
  const counts = new TurnCounts(bench.slotMs);
  const plan = { ids: field.ids, rounds: bench.rounds, warmUps: bench.warmUps, random: bench.random };
  const { samples, failures } = await inRounds(plan, async (id, isWarmUp) => {
    const entry = field.get(id);
    if (!isPaced && counts.get(id) === undefined) counts.set(id, await coldTurn(entry, perTurn));
    // Who is compared with itself has as much to do.
    const count = isPaced ? turns : (counts.get(contenders.get(id).again) ?? counts.get(id));
    await entry.load.latency();
    const act = () => (isPaced ? entry.load.pace(count, PACE_MS * 1e6) : entry.load.turns(count, perTurn));
    const figures = await slot(entry, act);
    if (isWarmUp) counts.set(id, figures.elapsed / count);
    return toSample(figures, count * perTurn * streams, await entry.load.latency());
  });
  const deliveries = deliveriesBetween(before, await field.tallies());
  bench.failed(scenario.id, failures, deliveries);
  await field.drop(failures.keys());
  const shown = isPaced ? pacedMeasures : measures;
  bench.add(summarise({ ...scenario, measures: shown }, samples, deliveries));
}

const WARM_TURNS = 10;

/** Nanoseconds of a turn before anything has warmed up; the first are those of code that is not compiled yet. */
async function coldTurn({ load }, perTurn) {
  await load.turns(WARM_TURNS, 1);
  return (await load.turns(2, perTurn)) / 2;
}

function toSample({ elapsed, serverCpu, clientCpu, loadCpu }, deliveries, { p50, p99 }) {
  const values = {
    cpu: serverCpu / 1e3 / deliveries,
    throughput: deliveries / (elapsed / 1e9),
    p50: p50 / 1e6,
    p99: p99 / 1e6,
    load: clientCpu / 1e3 / deliveries,
  };
  return { values, loadCpu };
}
