import { FEWEST_ROUNDS, verdictOf } from '../summary.mjs';
import { amount, comparisonSpan, day, goalText, rounds } from './amounts.mjs';
import { groupBy } from './group-by.mjs';
import { machineKey } from './parts/machine.mjs';
import { controlWins, peerWins, reasonOfMiss } from './peer-wins.mjs';
import { picturedOf } from './picture-svg.mjs';

const SAID = { met: '', 'by-interval': ' (by one end of the interval)', missed: ': **not met**' };

/**
 * What the README says of the baseline, as Markdown.
 *
 * @param {import('./result-view.mjs').ResultView} view
 * @param {string} picture its path
 */
export function readmeSection(view, picture) {
  const { commit, committedAt, machine, versions } = view.result;
  return `![${altText(view)}](${picture})

Measured at commit \`${commit.slice(0, 7)}\` of ${day(committedAt)} on ${machineKey(machine)}, with Node
${versions.node}. What is compared was measured in the same rounds; in brackets is the interval of the median.

${table(view)}

${goalsInAll(view)}

${wins(view)}${withoutGoals(view)}`;
}

function altText(view) {
  const scenarios = picturedOf(view);
  const said = scenarios.map((scenario) => {
    const [{ unit }] = scenario.measures;
    const order = view
      .ranking(scenario)
      .map(({ contender, value }) => `${contender.title} ${amount(value.median, unit)}`);
    return `${scenario.title}: ${order.join('; ')}.`;
  });
  return `Bars of the ${scenarios[0].measures[0].title}. ${said.join(' ')}`;
}

/** What has a goal in the pictured scenarios, and every peer: one row for each two that are compared. */
function table(view) {
  const scenarios = picturedOf(view);
  const shown = scenarios.flatMap((scenario) =>
    (scenario.ratios ?? [])
      .filter(({ measure }) => measure === scenario.measures[0].id)
      .filter(({ goal, to }) => goal !== undefined || view.isOfKind(to, 'peer'))
      .map((ratio) => ({ scenario, ratio, measure: scenario.measures[0] })),
  );
  const nameOf = ({ ratio: { of, to } }) => `${view.title(of)} against ${view.title(to)}`;
  const rows = [...new Set(shown.map(nameOf))].map((name) => {
    const cells = scenarios.map((scenario) =>
      cell(shown.find((each) => nameOf(each) === name && each.scenario === scenario)),
    );
    return [name].concat(cells);
  });
  const head = [scenarios[0].measures[0].title, ...scenarios.map(({ title }) => title)];
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(inOneCell).join(' | ')} |`)
    .join('\n');
}

function cell(compared) {
  if (compared === undefined) return '';
  const { ratio, measure } = compared;
  return comparisonSpan(ratio, measure.unit) + (ratio.goal === undefined ? '' : `, ${verdict(compared)}`);
}

function verdict({ scenario, ratio, measure }) {
  const said = SAID[verdictOf(ratio, measure)] ?? `: not judged, ${rounds(scenario.rounds)}`;
  return `goal ${goalText(ratio, measure)}${said}`;
}

/** How many goals of all scenarios are met, and which are not. */
function goalsInAll(view) {
  const all = view.goals();
  const judged = (name) => all.filter(({ ratio, measure }) => verdictOf(ratio, measure) === name);
  const missed = judged('missed');
  const [whole, byInterval, notJudged] = ['met', 'by-interval', 'not-judged'].map(
    (name) => judged(name).length,
  );
  const unjudged = notJudged === 0 ? '' : ` Not judged, for want of ${FEWEST_ROUNDS} rounds: ${notJudged}.`;
  const count = `Of ${all.length} goals in all scenarios ${whole + byInterval} are met, ${byInterval} of these by one end of the interval alone, and ${missed.length} are not.${unjudged}`;
  const entries = missed.map((goal) => {
    const { scenario, ratio, measure } = goal;
    const compared = `${view.title(ratio.of)} against ${view.title(ratio.to)} is ${comparisonSpan(ratio, measure.unit)}`;
    const reason = reasonOfMiss(scenario, ratio);
    return `- "${scenario.title}", ${measure.title}: ${compared}, ${verdict(goal)}.${reason === undefined ? '' : ` ${reason}`}`;
  });
  return [count, ...(entries.length > 0 ? [entries.join('\n')] : [])].join('\n\n');
}

function wins(view) {
  const all = peerWins(view).filter(({ isTie }) => !isTie);
  if (all.length === 0) return 'No peer does better in the main measure of a scenario.';
  const entries = groupBy(all, ({ scenario, reason }) => `${scenario.id} ${reason}`).map((group) => {
    const peers = group.map(
      ({ peer, ratio, measure }) =>
        `**${view.title(peer)}** (${view.title(ratio.of)} against it: ${comparisonSpan(ratio, measure.unit)})`,
    );
    const [{ scenario, measure, reason }] = group;
    return `- "${scenario.title}", ${measure.title}: ${peers.join(', ')}. ${reason}`;
  });
  return `Where a peer does better:\n\n${entries.join('\n')}`;
}

/** What has no goal, and where doing without is better. */
function withoutGoals(view) {
  const all = controlWins(view);
  if (all.length === 0) return '';
  const entries = all.map(({ scenario, ratio, measure, reason }) => {
    const compared = `${view.title(ratio.of)} against ${view.title(ratio.to)} is ${comparisonSpan(ratio, measure.unit)}`;
    return `- "${scenario.title}", ${measure.title}: ${compared}. ${reason}`;
  });
  return `\n\nWhere doing without is better, and no goal is set:\n\n${entries.join('\n')}`;
}

function inOneCell(text) {
  return text.replaceAll('|', String.raw`\|`);
}
