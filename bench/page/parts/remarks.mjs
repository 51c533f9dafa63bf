import { comparisonSpan } from '../amounts.mjs';
import { markup } from '../markup.mjs';
import { controlWins, peerWins } from '../peer-wins.mjs';

/** Where somebody else does better in the newest commit, and why. */
export function remarks(view) {
  const [peers, controls] = [peerWins(view), controlWins(view)];
  return markup`
    <section class="card" aria-labelledby="peer-wins">
      <h2 id="peer-wins">Where a peer wins, and why</h2>
      ${
        peers.length === 0
          ? markup`<p class="lead">In no scenario is a peer better in the main measure.</p>`
          : markup`<ul class="remarks">${peers.map((win) => remark(view, win))}</ul>`
      }
      ${
        controls.length > 0 &&
        markup`<h3>Where doing without is better, and no goal is set</h3>
          <ul class="remarks">${controls.map((win) => remark(view, win))}</ul>`
      }
    </section>`;
}

function remark(view, { scenario, ratio, measure, reason }) {
  return markup`<li>
      <p>
        <strong>${view.title(ratio.to)}</strong> in <a href="#scenario-${scenario.id}">${scenario.title}</a>.
        ${measure.title}, ${view.title(ratio.of)} against it: <strong>${comparisonSpan(ratio, measure.unit)}</strong>.
      </p>
      <p class="why">${reason}</p>
    </li>`;
}
