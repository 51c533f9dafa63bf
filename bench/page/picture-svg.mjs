import { amount } from './amounts.mjs';
import { markup, trusted } from './markup.mjs';

// From the left to the right.
const PICTURED = ['single-1000', 'burst-1000'];

const WIDTH = 1000;
const ROW = 36;
const HEAD = 74;
const FOOT = 58;
const LABELS = 330;
const PANEL = 310;
const GAP = 20;
const BAR = 215;
// What a letter takes on the average: ours are in the heavier weight.
const LETTERS = { hub: 9.2, peer: 8.3, control: 8.3 };

const STYLE = `
  text { font: 16px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; fill: #16202c; }
  .title { font-weight: 650; }
  .hub-name { font-weight: 650; }
  .broken { font-size: 14px; }
  .note { fill: #526071; font-size: 14px; }
  .page { fill: #ffffff; stroke: #d5dbe3; }
  .line { stroke: #d5dbe3; }
  .hub { fill: #0b5fd3; }
  .peer { fill: url(#peer); stroke: #8a4b00; }
  .control { fill: url(#control); stroke: #526071; }
  .peer-ground { fill: #f3d9ae; } .peer-ink { fill: #8a4b00; }
  .control-ground { fill: #eceff3; } .control-ink { fill: #526071; }
  .whisker { stroke: #16202c; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8edf3; }
    .note { fill: #a2afbf; }
    .page { fill: #1a212b; stroke: #323d4b; }
    .line { stroke: #323d4b; }
    .hub { fill: #79aefb; }
    .peer { stroke: #f0b45c; }
    .control { stroke: #a2afbf; }
    .peer-ground { fill: #5c4420; } .peer-ink { fill: #f0b45c; }
    .control-ground { fill: #242d39; } .control-ink { fill: #a2afbf; }
    .whisker { stroke: #e8edf3; }
  }
`;

/**
 * The main measure of the pictured scenarios as bars, one row for each contender: an SVG with a ground of its own, light
 * or dark as its reader has it.
 *
 * @param {import('./result-view.mjs').ResultView} view
 */
export function drawPicture(view) {
  const scenarios = picturedOf(view);
  const rows = rowsOf(scenarios.map((scenario) => view.ranking(scenario)));
  const height = HEAD + rows.length * ROW + FOOT;
  const picture = markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${scenarios[0].measures[0].title}: ${scenarios.map(({ title }) => title).join('; ')}</title>
<style>${trusted(STYLE)}</style>
<defs>
<pattern id="peer" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="peer-ground" width="7" height="7"/><rect class="peer-ink" width="3" height="7"/></pattern>
<pattern id="control" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="control-ground" width="6" height="6"/><circle class="control-ink" cx="3" cy="3" r="1.2"/></pattern>
</defs>
<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="12"/>
${scenarios.map((scenario, index) => heading(scenario, panelAt(index)))}
${rows.map((row, index) => drawRow(row, HEAD + index * ROW, scenarios))}
${legend(height - 22)}
</svg>
`;
  return picture.toString();
}

/** The scenarios that the picture shows. */
export function picturedOf(view) {
  return PICTURED.map((id) => {
    const scenario = view.scenarios.find((each) => each.id === id);
    if (scenario !== undefined) return scenario;
    throw new Error(`the baseline has no scenario ${id}: measure it with "npm run bench"`);
  });
}

/** One row for each contender of the rankings, in the order of the first, with its bar in each. */
function rowsOf(rankings) {
  const contenders = new Map(rankings.flat().map(({ contender }) => [contender.id, contender]));
  const longest = rankings.map((ranking) => Math.max(...ranking.map(({ value }) => value.high)));
  return Array.from(contenders.values(), (contender) => ({
    contender,
    bars: rankings.map((ranking, index) => {
      const value = ranking.find((each) => each.contender.id === contender.id)?.value;
      return { value, scale: BAR / longest[index] };
    }),
  }));
}

function heading({ title, measures: [main] }, x) {
  return markup`<text class="title" x="${x}" y="34">${title}</text>
<text class="note" x="${x}" y="56">${main.title}</text>
`;
}

function drawRow({ contender, bars }, y, scenarios) {
  return markup`<line class="line" x1="20" x2="${WIDTH - 20}" y1="${y}" y2="${y}"/>
${titleAt(y, contender)}
${bars.map((bar, index) => drawBar(bar, contender.kind, panelAt(index), y, scenarios[index].measures[0].unit))}`;
}

/** A title that would run into the bars is broken into two lines. */
function titleAt(y, { kind, title }) {
  const most = Math.floor((LABELS - 30) / LETTERS[kind]);
  const end = title.length > most ? title.lastIndexOf(' ', most) : -1;
  if (end === -1) return markup`<text class="${kind}-name" x="20" y="${y + 24}">${title}</text>`;
  return markup`<text class="${kind}-name broken" x="20" y="${y + 16}">${title.slice(0, end)}<tspan x="20" dy="15">${title.slice(end + 1)}</tspan></text>`;
}

function drawBar({ value, scale }, kind, x, y, unit) {
  if (value === undefined) return markup`<text class="note" x="${x}" y="${y + 24}">not measured</text>\n`;
  const [end, low, high] = [value.median, value.low, value.high].map((length) => round(x + length * scale));
  const middle = y + ROW / 2;
  return markup`<rect class="${kind}" x="${x}" y="${y + 9}" width="${round(end - x)}" height="18"/>
<path class="whisker" d="M${low} ${middle}H${high}M${low} ${middle - 5}v10M${high} ${middle - 5}v10"/>
<text x="${round(high + 8)}" y="${y + 24}">${amount(value.median, unit)}</text>
`;
}

function legend(y) {
  const kinds = [
    ['hub', 'nestjs-sse-hub', 20],
    ['peer', 'peer', 200],
    ['control', 'control: the same bytes with no library between', 300],
  ];
  return kinds.map(
    ([kind, meaning, x]) => markup`<rect class="${kind}" x="${x}" y="${y - 12}" width="30" height="14"/>
<text class="note" x="${x + 38}" y="${y}">${meaning}</text>
`,
  );
}

function panelAt(index) {
  return LABELS + index * (PANEL + GAP);
}

function round(length) {
  return Math.round(length * 10) / 10;
}
