import { contenders } from './contenders.mjs';
import { isComplete } from './deliveries.mjs';
import { isClientBusy, verdictOf } from './summary.mjs';

const BUSY = '(!)';
const SAID = { met: 'met', 'by-interval': 'met, within the interval', missed: 'NOT MET' };

/** A scenario as text: who has taken what, and how that compares. */
export function toTable({ title, text, measures, rounds, results, ratios }) {
  const rows = results.map((result) => [
    titleOf(result.contender),
    ...measures.map(cell(result)),
    ...load(result),
  ]);
  const head = ['', ...measures.map(({ id, unit }) => `${id}, ${unit}`), 'client CPU', 'deliveries'];
  return [
    `\n## ${title}`,
    text,
    '',
    ...align([head, ...rows]),
    ...(results.some(isClientBusy) ? [`${BUSY} throughput and latency are the client's`] : []),
    '',
    ...align(ratios.map(toRatio(measures, rounds))),
  ].join('\n');
}

/** The goals of all scenarios, and whether they are met. */
export function toGoals(scenarios) {
  const rows = scenarios.flatMap(({ id, measures, rounds, ratios }) =>
    ratios
      .filter(({ goal }) => goal !== undefined)
      .map((ratio) => [id].concat(toRatio(measures, rounds)(ratio))),
  );
  return ['\n## Goals', ...align(rows)].join('\n');
}

function titleOf(id) {
  return contenders.get(id).title;
}

function cell({ values }) {
  return ({ id }) => (values[id] === undefined ? '-' : shown(values[id].median));
}

function load(result) {
  const { loadCpu, deliveries } = result;
  const mark = isClientBusy(result) ? ` ${BUSY}` : '';
  const share = loadCpu === undefined ? '-' : `${Math.round(loadCpu * 100)}%${mark}`;
  if (deliveries === undefined) return [share, '-'];
  const { due, delivered, missing, doubled } = deliveries;
  return [
    share,
    isComplete(deliveries) ? `${due}` : `${delivered} of ${due}, ${missing} missing, ${doubled} doubled`,
  ];
}

function toRatio(measures, rounds) {
  return (ratio) => {
    const { of, to, median, low, high, isDifference, unit, goal } = ratio;
    const measure = measures.find(({ id }) => id === ratio.measure);
    return [
      `${measure.id} of ${of}`,
      `${isDifference ? 'less that of' : 'to'} ${titleOf(to)}`,
      `${shown(median)}${unit === undefined ? '' : ` ${unit}`}`,
      `(${shown(low)} to ${shown(high)})`,
      goal === undefined ? '' : goalAndVerdict(ratio, measure, rounds),
    ];
  };
}

function goalAndVerdict(ratio, measure, rounds) {
  const said =
    SAID[verdictOf(ratio, measure)] ?? `not judged: ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
  return `goal ${measure.better === 'lower' ? '<=' : '>='} ${ratio.goal}: ${said}`;
}

/** Three digits that count. */
function shown(value) {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return Number(value.toPrecision(3)).toString();
}

/** The first column to the left, numbers to the right. */
function align(rows) {
  const widths = [];
  for (const row of rows)
    row.forEach((text, column) => (widths[column] = Math.max(widths[column] ?? 0, text.length)));
  return rows.map((row) =>
    row
      .map((text, column) =>
        /^[\d(-]/.test(text) ? text.padStart(widths[column]) : text.padEnd(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
}
