import { FEWEST_ROUNDS, verdictOf } from '../../summary.mjs';
import { comparison, goalText, rounds } from '../amounts.mjs';
import { markup } from '../markup.mjs';
import { reasonOfMiss } from '../peer-wins.mjs';

const VERDICTS = { met: 'Met', 'by-interval': 'By interval', missed: 'Not met', 'not-judged': 'Not judged' };

/** The goals of the newest commit: what was to be, what was measured, and whether that is met. */
export function goals(view) {
  const all = view.goals();
  return markup`
    <section class="card" aria-labelledby="goals">
      <h2 id="goals">Goals</h2>
      <p class="lead">${all.length === 0 ? 'This result has no goals.' : summaryOf(all)}</p>
      <ul class="goals">${all.map((goal) => entry(view, goal))}</ul>
    </section>`;
}

function summaryOf(all) {
  const verdicts = all.map(({ ratio, measure }) => verdictOf(ratio, measure));
  const counted = (name) => verdicts.filter((verdict) => verdict === name).length;
  const parts = [
    `${counted('met')} are met, ${counted('missed')} are not, and ${counted('by-interval')} are met by one end of the interval alone: what lies within that cannot be told apart.`,
    counted('not-judged') > 0 && `Not judged, for want of ${FEWEST_ROUNDS} rounds: ${counted('not-judged')}.`,
    'What is compared was measured in the same rounds.',
  ];
  return `Of ${all.length} goals, ${parts.filter(Boolean).join(' ')}`;
}

function entry(view, { scenario, ratio, measure }) {
  const verdict = verdictOf(ratio, measure);
  const reason = verdict === 'missed' ? reasonOfMiss(scenario, ratio) : undefined;
  const [median, low, high] = [ratio.median, ratio.low, ratio.high].map((value) =>
    comparison(value, ratio, measure.unit),
  );
  return markup`<li>
      <span class="verdict" data-verdict="${verdict}">${VERDICTS[verdict]}</span>
      <div>
        <a href="#scenario-${scenario.id}">${scenario.title}</a>: ${measure.title}
        <span class="note">${view.title(ratio.of)} against ${view.title(ratio.to)}</span>
        ${reason !== undefined && markup`<p class="why">${reason}</p>`}
      </div>
      <div class="value">
        <strong>${median}</strong> (${low} to ${high})
        <span class="note">goal: ${goalText(ratio, measure)}${verdict === 'not-judged' && markup`; not judged: ${rounds(scenario.rounds)}`}</span>
      </div>
    </li>`;
}
