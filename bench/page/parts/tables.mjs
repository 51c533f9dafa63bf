import { isClientBusy } from '../../summary.mjs';
import { amount, comparison, count, goalText, percent, span } from '../amounts.mjs';
import { markup } from '../markup.mjs';
import { measureOf } from '../result-view.mjs';

/** Every measure of every contender of a scenario, and every comparison. */
export function tables(view, scenario) {
  const ratios = scenario.ratios ?? [];
  return markup`<details>
      <summary>Every measure<span class="for-screen-readers"> of ${scenario.title}</span></summary>
      <div class="scrolled" tabindex="0" role="group" aria-label="Every measure of ${scenario.title}">
        ${measures(view, scenario)}
      </div>
      ${
        ratios.length > 0 &&
        markup`<div class="scrolled" tabindex="0" role="group" aria-label="Comparisons in ${scenario.title}">
          ${comparisons(view, scenario, ratios)}
        </div>`
      }
    </details>`;
}

function measures(view, { measures: all, results }) {
  return markup`<table>
      <caption>Measured: median, and its interval</caption>
      <thead>
        <tr>
          <th scope="col">Contender</th>
          ${all.map(({ title }) => markup`<th scope="col" class="number">${title}</th>`)}
          <th scope="col" class="number">Deliveries due</th>
          <th scope="col" class="number">Missing</th>
          <th scope="col" class="number">Doubled</th>
          <th scope="col" class="number">CPU of the load client</th>
        </tr>
      </thead>
      <tbody>
        ${results.map(
          ({ contender, values, deliveries, loadCpu }) => markup`<tr>
            <th scope="row">${view.title(contender)}</th>
            ${all.map(({ id, unit }) => cell(values[id], unit))}
            ${['due', 'missing', 'doubled'].map(
              (what) =>
                markup`<td class="number">${deliveries === undefined ? '–' : count(deliveries[what])}</td>`,
            )}
            <td class="number">${loadCpu === undefined ? '–' : percent(loadCpu)}${
              isClientBusy({ loadCpu }) &&
              markup` <span class="note busy">throughput and latency are the client’s</span>`
            }</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
}

function cell(value, unit) {
  if (value === undefined) return markup`<td class="number">–</td>`;
  return markup`<td class="number">${amount(value.median, unit)} <span class="note">${span(value, unit)}</span></td>`;
}

function comparisons(view, scenario, ratios) {
  return markup`<table>
      <caption>Compared round by round: ratio, or difference with its sign</caption>
      <thead>
        <tr>
          <th scope="col">Compared</th>
          <th scope="col">Measure</th>
          <th scope="col" class="number">Median</th>
          <th scope="col" class="number">Interval</th>
          <th scope="col" class="number">Goal</th>
        </tr>
      </thead>
      <tbody>
        ${ratios.map((ratio) => {
          const measure = measureOf(scenario, ratio.measure);
          const [median, low, high] = [ratio.median, ratio.low, ratio.high].map((value) =>
            comparison(value, ratio, measure.unit),
          );
          return markup`<tr>
            <th scope="row">${view.title(ratio.of)} against ${view.title(ratio.to)}</th>
            <td>${measure.title}</td>
            <td class="number">${median}</td>
            <td class="number">${low} to ${high}</td>
            <td class="number">${ratio.goal === undefined ? '–' : goalText(ratio, measure)}</td>
          </tr>`;
        })}
      </tbody>
    </table>`;
}
