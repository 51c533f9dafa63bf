import { isClientBusy } from '../../summary.mjs';
import { amount, percent, span, unitName } from '../amounts.mjs';
import { markup } from '../markup.mjs';

/** The main measure of a scenario as bars, the best first, with the interval of each as a whisker. */
export function bars(view, scenario) {
  const [main] = scenario.measures;
  const ranking = view.ranking(scenario);
  const longest = Math.max(...ranking.map(({ value }) => value.high), Number.MIN_VALUE);
  return markup`<figure class="bars">
      <figcaption>
        <h4>${main.title}</h4>
        <p class="note">${unitName(main.unit)}; ${main.better} is better</p>
      </figcaption>
      <ol>
        ${ranking.map(({ contender, value }) => bar({ ...contender, value, unit: main.unit, longest }))}
      </ol>
      ${busyClients(view, scenario)}
    </figure>`;
}

/** Whose throughput and latency are those of the load client. */
function busyClients(view, { results }) {
  const busy = results.filter(isClientBusy);
  if (busy.length === 0) return undefined;
  const names = busy.map(({ contender, loadCpu }) => `${view.title(contender)} (${percent(loadCpu)})`);
  return markup`<p class="note">
        The load client uses most of a core, so that throughput and latency are the client’s: ${names.join(', ')}.
      </p>`;
}

/** What tells the kinds apart: said once on the page, with the fillings that all bars share. */
export function legend() {
  return markup`<svg class="fillings" aria-hidden="true" width="0" height="0">
      <defs>
        <pattern id="filling-peer" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="ground" width="7" height="7" />
          <rect class="ink" width="3" height="7" />
        </pattern>
        <pattern id="filling-control" width="6" height="6" patternUnits="userSpaceOnUse">
          <rect class="ground" width="6" height="6" />
          <circle class="ink" cx="3" cy="3" r="1.2" />
        </pattern>
      </defs>
    </svg>
    <ul class="legend">
      ${[
        ['hub', 'hub: nestjs-sse-hub'],
        ['peer', 'peer: another library or server'],
        ['control', 'control: the same bytes with no library between'],
      ].map(
        ([kind, meaning]) => markup`<li>
          <svg class="swatch" aria-hidden="true"><rect class="bar" data-kind="${kind}" width="100%" height="100%" /></svg>
          ${meaning}
        </li>`,
      )}
    </ul>`;
}

function bar({ title, kind, value, unit, longest }) {
  const at = (length) => `${((Math.max(length, 0) / longest) * 100).toFixed(2)}%`;
  return markup`<li data-kind="${kind}">
      <span class="who">${title} ${!title.startsWith(`${kind}:`) && markup`<span class="kind">${kind}</span>`}</span>
      <svg aria-hidden="true" height="22">
        <rect class="bar" data-kind="${kind}" y="2" height="18" width="${at(value.median)}" />
        <line class="whisker" x1="${at(value.low)}" x2="${at(value.high)}" y1="11" y2="11" />
        ${[value.low, value.high].map(
          (end) => markup`<line class="whisker" x1="${at(end)}" x2="${at(end)}" y1="6" y2="16" />`,
        )}
      </svg>
      <span class="value"><strong>${amount(value.median, unit)}</strong> <span class="note">${span(value, unit)}</span></span>
    </li>`;
}
