import { comparisonSpan } from '../amounts.mjs';
import { markup } from '../markup.mjs';
import { peerWins } from '../peer-wins.mjs';

/** Where a peer does better in the newest commit, and why. */
export function remarks(view) {
  const wins = peerWins(view);
  return markup`
    <section class="card" aria-labelledby="peer-wins">
      <h2 id="peer-wins">Where a peer wins, and why</h2>
      ${
        wins.length === 0
          ? markup`<p class="lead">In no scenario is a peer better in the main measure.</p>`
          : markup`<ul class="remarks">${wins.map((win) => remark(view, win))}</ul>`
      }
    </section>`;
}

function remark(view, { scenario, peer, ratio, measure, reason }) {
  return markup`<li>
      <p>
        <strong>${view.title(peer)}</strong> in <a href="#scenario-${scenario.id}">${scenario.title}</a>.
        ${measure.title}, ${view.title(ratio.of)} against it: <strong>${comparisonSpan(ratio, measure.unit)}</strong>.
      </p>
      <p class="why">${reason}</p>
    </li>`;
}
