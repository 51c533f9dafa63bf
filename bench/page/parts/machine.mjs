import { count, gibibytes, minute } from '../amounts.mjs';
import { markup } from '../markup.mjs';

/** What makes results comparable beyond ratios: the processor. */
export function machineKey({ cpu, cores }) {
  return `${cpu}, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
}

/** Where, when and with what the newest commit was measured, and what was left out. */
export function machine(view) {
  const {
    machine: where,
    versions,
    leftOut = [],
    commit,
    isDirty,
    subject,
    committedAt,
    measuredAt,
    ...run
  } = view.result;
  const facts = [
    [
      'Commit',
      markup`<code>${commit}</code> ${subject}${isDirty && ', with changes that are not committed'}`,
    ],
    ['Committed', minute(committedAt)],
    ['Measured', minute(measuredAt)],
    ['How', howText(run)],
    ['Processor', machineKey(where)],
    ['Memory', gibibytes(where.memory)],
    ['System', where.system],
    ...Object.entries(versions),
  ];
  return markup`
    <section class="card" aria-labelledby="machine">
      <h2 id="machine">Machine and versions</h2>
      <dl class="facts">
        ${facts.map(([term, fact]) => markup`<div><dt>${term}</dt><dd>${fact}</dd></div>`)}
      </dl>
      ${
        leftOut.length > 0 &&
        markup`<h3>Left out</h3>
          <ul class="left-out">
            ${leftOut.map(({ contender, why }) => markup`<li><strong>${view.title(contender)}</strong>: ${why}</li>`)}
          </ul>`
      }
    </section>`;
}

function howText({ isQuick, seed, seconds }) {
  return `${isQuick ? 'the quick benchmark' : 'the whole benchmark'}, seed ${seed}, ${count(Math.round(seconds))} s`;
}
