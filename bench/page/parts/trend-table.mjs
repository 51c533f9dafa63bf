import { commitName, day } from '../amounts.mjs';
import { markup } from '../markup.mjs';
import { machineKey } from './machine.mjs';
import { reading } from './trend.mjs';

/** What a chart over the commits shows, as a table, the newest first. */
export function trendTable(chart, results, scenario) {
  const title = `${chart.measure.title}, over commits`;
  return markup`<details>
      <summary>${title}<span class="for-screen-readers"> in ${scenario.title}</span></summary>
      <div class="scrolled long" tabindex="0" role="group" aria-label="${title}, in ${scenario.title}">
        ${table(chart, results)}
      </div>
    </details>`;
}

function table({ lines, measure }, results) {
  return markup`<table>
      <thead>
        <tr>
          <th scope="col">Commit</th>
          <th scope="col">Date</th>
          ${lines.map(({ of, to }) => markup`<th scope="col" class="number">${of} against ${to}</th>`)}
          <th scope="col">Machine</th>
        </tr>
      </thead>
      <tbody>
        ${results
          .map(
            ({ subject, committedAt, machine, ...commit }, index) => markup`<tr>
              <th scope="row"><code>${commitName(commit)}</code> <span class="note">${subject}</span></th>
              <td>${day(committedAt)}</td>
              ${lines.map(({ values }) => markup`<td class="number">${reading(values[index], measure)}</td>`)}
              <td>${machineKey(machine)}</td>
            </tr>`,
          )
          .toReversed()}
      </tbody>
    </table>`;
}
