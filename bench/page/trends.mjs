import { groupBy } from './group-by.mjs';
import { measureOf, ResultView } from './result-view.mjs';

// A page of some megabytes at the most; the older ones stay where they are stored.
export const MOST_COMMITS = 200;

/**
 * How what is compared within each round has gone over the commits: for each scenario, in the order of the newest
 * commit, charts whose lines have one unit. A line is one of ours against a control; where there is none, against whoever has a
 * goal, or whoever it was compared with.
 *
 * @param {object[]} results from the oldest to the newest
 */
export function trendsOf(results) {
  const views = results.slice(-MOST_COMMITS).map((result) => new ResultView(result));
  const scenarios = new Map();
  for (const view of views.toReversed()) {
    for (const scenario of view.scenarios) {
      if (!scenarios.has(scenario.id)) scenarios.set(scenario.id, { scenario, view });
    }
  }
  return Array.from(scenarios.values(), ({ scenario, view }) => ({
    scenario,
    isCurrent: view === views.at(-1),
    lastMeasured: view.result,
    charts: chartsOf(scenario.id, views),
  }));
}

function chartsOf(scenarioId, views) {
  const points = views.flatMap((view, commit) => {
    const scenario = view.scenarios.find(({ id }) => id === scenarioId);
    return (scenario?.ratios ?? [])
      .filter(({ of }) => view.isOfKind(of, 'hub'))
      .map((ratio) => ({ commit, view, ratio, measure: measureOf(scenario, ratio.measure) }));
  });
  return groupBy(points, chartKey).map((ofOneUnit) => chartOf(scenarioId, ofOneUnit, views.length));
}

function chartOf(scenarioId, points, commits) {
  const { ratio, measure } = points.at(-1);
  const toControls = points.filter((point) => point.view.isOfKind(point.ratio.to, 'control'));
  const shown = [toControls, points.filter(hasGoal), points].find(({ length }) => length > 0);
  return {
    id: `${scenarioId}-${measure.id}${ratio.isDifference ? '-difference' : ''}`,
    measure,
    isDifference: ratio.isDifference === true,
    lines: groupBy(shown, lineKey).map((line) => lineOf(line, commits)),
  };
}

function lineOf(points, commits) {
  const values = Array.from({ length: commits });
  for (const { commit, ratio } of points) values[commit] = ratio;
  const { view, ratio } = points.at(-1);
  return {
    of: view.title(ratio.of),
    to: view.title(ratio.to),
    goal: points.findLast(hasGoal)?.ratio.goal,
    values,
  };
}

function hasGoal({ ratio }) {
  return ratio.goal !== undefined;
}

function chartKey({ ratio, measure }) {
  return `${measure.id} ${ratio.isDifference === true}`;
}

function lineKey({ ratio }) {
  return `${ratio.of} ${ratio.to}`;
}
