import { comparison, goalText } from '../amounts.mjs';
import { markup } from '../markup.mjs';
import { reasonOfMiss } from '../peer-wins.mjs';

/** The goals of the newest commit: what was to be, what was measured, and whether that is met. */
export function goals(view) {
  const all = view.goals();
  const met = all.filter(({ ratio }) => ratio.met).length;
  return markup`
    <section class="card" aria-labelledby="goals">
      <h2 id="goals">Goals</h2>
      ${
        all.length === 0
          ? markup`<p class="lead">This result has no goals.</p>`
          : markup`<p class="lead">${met} of ${all.length} are met. What is compared was measured in the same rounds.</p>
            <ul class="goals">${all.map((goal) => entry(view, goal))}</ul>`
      }
    </section>`;
}

function entry(view, { scenario, ratio, measure }) {
  const reason = ratio.met ? undefined : reasonOfMiss(scenario, ratio);
  const [median, low, high] = [ratio.median, ratio.low, ratio.high].map((value) =>
    comparison(value, ratio, measure.unit),
  );
  return markup`<li>
      <span class="verdict" data-met="${String(ratio.met)}">${ratio.met ? 'Met' : 'Not met'}</span>
      <div>
        <a href="#scenario-${scenario.id}">${scenario.title}</a>: ${measure.title}
        <span class="note">${view.title(ratio.of)} against ${view.title(ratio.to)}</span>
        ${reason !== undefined && markup`<p class="why">${reason}</p>`}
      </div>
      <div class="value">
        <strong>${median}</strong> (${low} to ${high})
        <span class="note">goal: ${goalText(ratio, measure)}</span>
      </div>
    </li>`;
}
