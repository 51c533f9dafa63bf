import { comparisonSpan, goalText, unitName } from '../amounts.mjs';
import { markup } from '../markup.mjs';

/** A chart over the commits, which the page's script draws, and a control to walk through them. */
export function trend(chart, commits, scenario) {
  const { id, measure, lines } = chart;
  return markup`<figure class="trend" data-chart="${id}">
      <figcaption>
        <h4>${measure.title}, over commits</h4>
        <p class="note">${explanation(chart)}</p>
      </figcaption>
      <div class="plot" aria-hidden="true"></div>
      <input class="walk" type="range" min="0" max="${commits - 1}" value="${commits - 1}" step="1" aria-label="Commit, for ${measure.title} of ${scenario.title}" hidden />
      <p class="commit" aria-hidden="true"></p>
      <ul class="lines">
        ${lines.map(
          ({ of, to }, line) => markup`<li>
            <svg class="swatch" aria-hidden="true"><line class="line" data-line="${line % 6}" x1="0" x2="100%" y1="50%" y2="50%" /></svg>
            <span>${of} against ${to}</span> <span class="reading"></span>
          </li>`,
        )}
        ${goalsOf(chart).map(
          (goal) => markup`<li>
            <svg class="swatch" aria-hidden="true"><line class="goal-line" x1="0" x2="100%" y1="50%" y2="50%" /></svg>
            <span>goal: ${goal}</span>
          </li>`,
        )}
      </ul>
    </figure>`;
}

function explanation({ isDifference, measure }) {
  const compared = isDifference
    ? `Difference in ${unitName(measure.unit)}`
    : 'Ratio, measured in the same rounds';
  return `${compared}; ${measure.better} is better. Vertical dashes: another machine, or from quick to at length or back.`;
}

function goalsOf({ lines, measure, isDifference }) {
  const goals = new Set(lines.map(({ goal }) => goal).filter((goal) => goal !== undefined));
  return Array.from(goals, (goal) => goalText({ goal, isDifference }, measure));
}

/** A comparison with its interval, or a dash where there is none. */
export function reading(ratio, { unit }) {
  return ratio === undefined ? '–' : comparisonSpan(ratio, unit);
}
