import { amount, comparisonSpan, day, goalText } from './amounts.mjs';
import { machineKey } from './parts/machine.mjs';
import { peerWins } from './peer-wins.mjs';
import { picturedOf } from './picture-svg.mjs';

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

${wins(view)}`;
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

function table(view) {
  const rows = view
    .goals()
    .map(({ scenario, ratio, measure }) => [
      scenario.title,
      measure.title,
      `${view.title(ratio.of)} against ${view.title(ratio.to)}`,
      comparisonSpan(ratio, measure.unit),
      `${goalText(ratio, measure)}: ${ratio.met ? 'met' : '**not met**'}`,
    ]);
  const head = ['scenario', 'measure', 'compared', 'measured', 'goal'];
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map(inOneCell).join(' | ')} |`)
    .join('\n');
}

function wins(view) {
  const all = peerWins(view);
  if (all.length === 0) return 'No peer does better in the main measure of a scenario.';
  const entries = all.map(({ scenario, peer, ratio, measure, reason, isWithinSpread }) => {
    const doubt = isWithinSpread ? ', which the spread leaves open' : '';
    const against = `${view.title(ratio.of)} against it ${comparisonSpan(ratio, measure.unit)}${doubt}`;
    return `- **${view.title(peer)}** in "${scenario.title}" (${measure.title}: ${against}). ${reason ?? 'The reason is not known yet.'}`;
  });
  return `Where a peer does better:\n\n${entries.join('\n')}`;
}

function inOneCell(text) {
  return text.replaceAll('|', String.raw`\|`);
}
