import { commitName, day } from './amounts.mjs';
import { machineKey } from './parts/machine.mjs';
import { reading } from './parts/trend.mjs';

/** What the page's script needs to draw the charts over the commits. */
export function chartData(trends, results) {
  return {
    commits: results.map(({ subject, committedAt, machine, isQuick, ...commit }) => ({
      name: commit.commit.slice(0, 7),
      text: `${commitName(commit)} ${subject} (${day(committedAt)}, ${isQuick ? 'quick, ' : ''}${machineKey(machine)})`,
      machine: machineKey(machine),
      isQuick,
    })),
    charts: Object.fromEntries(
      trends
        .flatMap(({ charts }) => charts)
        .map((chart) => [chart.id, { lines: chart.lines.map(lineData(chart)) }]),
    ),
  };
}

function lineData({ measure }) {
  return ({ goal, values }) => ({
    goal,
    medians: values.map((ratio) => ratio?.median ?? null),
    lows: values.map((ratio) => ratio?.low ?? null),
    highs: values.map((ratio) => ratio?.high ?? null),
    readings: values.map((ratio) => reading(ratio, measure)),
  });
}
