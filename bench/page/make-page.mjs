import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { commitName, day } from './amounts.mjs';
import { chartData } from './chart-data.mjs';
import { markup, trusted } from './markup.mjs';
import { legend } from './parts/bars.mjs';
import { goals } from './parts/goals.mjs';
import { machine, machineKey } from './parts/machine.mjs';
import { remarks } from './parts/remarks.mjs';
import { scenarioCard } from './parts/scenario.mjs';
import { ResultView } from './result-view.mjs';
import { MOST_COMMITS, trendsOf } from './trends.mjs';

const require = createRequire(import.meta.url);
const here = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const uPlot = (file) => readFileSync(require.resolve(`uplot/dist/${file}`), 'utf8');

/**
 * The page of the benchmarks: one file of HTML that needs no network.
 *
 * @param {object[]} results from the oldest commit to the newest
 */
export function makePage(results) {
  const shown = results.slice(-MOST_COMMITS);
  const view = new ResultView(results.at(-1));
  const trends = trendsOf(results);
  // The look of the sample's pages, and what this page has besides.
  const style = [
    uPlot('uPlot.min.css'),
    here('../../sample/public/assets/style.css'),
    here('public/page.css'),
  ].join('\n');
  const scripts = [uPlot('uPlot.iife.min.js'), here('public/trend-charts.js')];
  const page = markup`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy(style, scripts)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Benchmarks · nestjs-sse-hub</title>
    <link rel="icon" href="${icon()}" type="image/svg+xml" />
    <style>${trusted(style)}</style>
  </head>
  <body>
    <a class="skip" href="#main">Skip to the content</a>
    <header class="site">
      <span class="brand">nestjs-sse-hub</span>
      <nav aria-label="On this page">
        <a href="#goals">Goals</a>
        <a href="#peer-wins">Peers</a>
        <a href="#scenarios">Scenarios</a>
        <a href="#machine">Machine</a>
      </nav>
    </header>
    <main id="main" tabindex="-1">
      <h1>Benchmarks</h1>
      ${introduction(view.result, results.length, shown.length)}
      ${goals(view)}
      ${remarks(view)}
      <h2 id="scenarios" class="divider">Scenarios</h2>
      ${contents(trends)}
      ${legend()}
      ${trends.map((trend) => scenarioCard(view, trend, shown))}
      ${machine(view)}
    </main>
    <script type="application/json" id="data">${trusted(json(chartData(trends, shown)))}</script>
    ${scripts.map((script) => markup`<script>${trusted(script)}</script>\n`)}
  </body>
</html>
`;
  return page.toString();
}

function introduction({ subject, committedAt, machine: where, isQuick, ...commit }, commits, shown) {
  const range =
    commits > shown
      ? `the newest ${shown} of ${commits} commits`
      : `${commits} ${commits === 1 ? 'commit' : 'commits'}`;
  return markup`<p class="lead">
        Streams of Server-Sent Events from nestjs-sse-hub, beside other libraries and servers (peers) and beside the same
        bytes written without a library (controls). All take turns within a round, and what is compared was measured in the
        same rounds: ratios can be compared between machines, microseconds and kibibytes less so.
      </p>
      <p class="lead">
        Newest: <code>${commitName(commit)}</code> <q>${subject}</q> of ${day(committedAt)}, ${isQuick ? 'measured quickly' : 'measured at length'} on
        ${machineKey(where)}. The charts over commits show ${range}.
      </p>`;
}

function contents(trends) {
  return markup`<ul class="contents">
        ${trends.map(({ scenario: { id, title } }) => markup`<li><a href="#scenario-${id}">${title}</a></li>`)}
      </ul>`;
}

/** Nothing but what stands in the page itself may be loaded or run. */
function policy(style, scripts) {
  return `default-src 'none'; img-src data:; style-src ${hash(style)}; script-src ${scripts.map(hash).join(' ')}`;
}

function hash(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function icon() {
  return `data:image/svg+xml,${encodeURIComponent(here('../../sample/public/assets/favicon.svg'))}`;
}

/** JSON that does not end the script element that it stands in. */
function json(value) {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`);
}
