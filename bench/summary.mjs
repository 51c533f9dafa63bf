import { comparisons } from './comparisons.mjs';
import { median, medianInterval, pairedDifferences, pairedRatios } from './statistics.mjs';

/** With fewer rounds an interval is so wide that it reaches almost every goal. */
export const FEWEST_ROUNDS = 15;

/** Above this share of a core the load client is what a server waits for: throughput and latency are the client's. */
const BUSY_CLIENT = 0.6;

/**
 * What the rounds of a scenario come to.
 *
 * @param scenario id, title, text and measures
 * @param {Map<string, { values: Record<string, number | undefined>, loadCpu?: number }[]>} samples by contender and round
 * @param {Map<string, object>} deliveries by contender, where there are any
 */
export function summarise(scenario, samples, deliveries = new Map()) {
  const results = [...samples].map(([contender, rounds]) => ({
    contender,
    values: valuesOf(scenario.measures, rounds),
    deliveries: deliveries.get(contender),
    loadCpu: loadCpuOf(rounds),
  }));
  const ratios = comparisons[scenario.id].flatMap(({ measure = scenario.measures[0].id, ...pair }) =>
    hasMeasured(samples, pair.of, measure) && hasMeasured(samples, pair.to, measure)
      ? [compare(scenario, samples, { measure, ...pair })]
      : [],
  );
  return { ...scenario, rounds: roundsOf(samples), results, ratios };
}

/** Who fails takes no further part, so that all who are left have as many. */
function roundsOf(samples) {
  return Math.max(0, ...[...samples.values()].map(({ length }) => length));
}

/** Undefined where there is no load client; JSON leaves it out then. */
function loadCpuOf(rounds) {
  const shares = rounds.flatMap(({ loadCpu }) => loadCpu ?? []);
  return shares.length > 0 ? median(shares) : undefined;
}

function valuesOf(measures, rounds) {
  const values = {};
  for (const { id } of measures) {
    const measured = rounds.map((round) => round.values[id]);
    if (measured.every((value) => value !== undefined)) values[id] = medianInterval(measured);
  }
  return values;
}

function hasMeasured(samples, contender, measure) {
  return samples.get(contender)?.every(({ values }) => values[measure] !== undefined) ?? false;
}

function compare({ measures }, samples, { measure, of, to, goal, isDifference }) {
  const measured = (contender) => samples.get(contender).map(({ values }) => values[measure]);
  const pairs = (isDifference ? pairedDifferences : pairedRatios)(measured(of), measured(to));
  const interval = medianInterval(pairs);
  const { better, unit } = measures.find(({ id }) => id === measure);
  return {
    measure,
    of,
    to,
    ...interval,
    ...(isDifference ? { isDifference, unit } : {}),
    ...(goal === undefined ? {} : { goal }),
    ...(goal === undefined || pairs.length < FEWEST_ROUNDS ? {} : { met: reaches(interval, goal, better) }),
  };
}

/** Whether the load client of a contender was so busy that throughput and latency are its own. */
export function isClientBusy({ loadCpu }) {
  return loadCpu !== undefined && loadCpu > BUSY_CLIENT;
}

/**
 * How far a goal is met: by the whole interval, by its better end alone (so that it cannot be told), or not at all; not
 * judged where there were too few rounds to say.
 *
 * @returns {'met' | 'by-interval' | 'missed' | 'not-judged'}
 */
export function verdictOf({ low, high, goal, met }, { better }) {
  if (met === undefined) return 'not-judged';
  if (!met) return 'missed';
  return (better === 'lower' ? high <= goal : low >= goal) ? 'met' : 'by-interval';
}

/** Whether the interval reaches the goal: its better end, since what lies within it cannot be told apart. */
export function reaches({ low, high }, goal, better) {
  return better === 'lower' ? low <= goal : high >= goal;
}
