import { commitName, day, rounds as counted } from '../amounts.mjs';
import { markup } from '../markup.mjs';
import { bars } from './bars.mjs';
import { tables } from './tables.mjs';
import { trendTable } from './trend-table.mjs';
import { trend } from './trend.mjs';

/** All about one scenario: against peers in the newest commit, and over the commits. */
export function scenarioCard(view, { scenario, isCurrent, lastMeasured, charts }, results) {
  const { id, title, text, rounds } = scenario;
  return markup`
    <section class="card scenario" aria-labelledby="scenario-${id}">
      <h3 id="scenario-${id}">${title}</h3>
      <p class="lead">${text} <span class="rounds">${counted(rounds)}.</span></p>
      ${
        !isCurrent &&
        markup`<p class="lead">
          Not measured in the newest commit; the last was <code>${commitName(lastMeasured)}</code> of
          ${day(lastMeasured.committedAt)}.
        </p>`
      }
      <div class="charts">
        ${isCurrent && bars(view, scenario)} ${charts.map((chart) => trend(chart, results.length, scenario))}
      </div>
      ${isCurrent && tables(view, scenario)} ${charts.map((chart) => trendTable(chart, results, scenario))}
    </section>`;
}
