import { clockTime } from './notices.js';

// The chart library, which the page loads before this module.
const { uPlot } = globalThis;

const SHOWN_SECONDS = 180;
const LEAST_SECONDS = 30;
const HEIGHT = 200;

const scheme = matchMedia('(prefers-color-scheme: dark)');

/** A line that grows to the right. */
export class PriceChart {
  #plot;
  #history;

  constructor(element, history, onHover) {
    this.#history = history;
    const data = [history.times, history.prices];
    this.#plot = new uPlot(options(element.clientWidth, onHover), data, element);
    new ResizeObserver(() => this.#plot.setSize({ width: element.clientWidth, height: HEIGHT })).observe(
      element,
    );
    scheme.addEventListener('change', () => this.#plot.redraw(false, true));
  }

  draw() {
    this.#plot.setData([this.#history.times, this.#history.prices]);
  }
}

function options(width, onHover) {
  return {
    width,
    height: HEIGHT,
    // Room for half of the last time.
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8, fill: color('--accent') } },
    scales: { x: { range: timeRange }, y: { range: priceRange } },
    series: [
      {},
      {
        stroke: color('--accent'),
        fill: color('--accent-soft'),
        width: 2,
        points: { show: false },
        spanGaps: false,
      },
    ],
    axes: [
      {
        ...axis(),
        size: 28,
        space: 80,
        values: (_, seconds) => seconds.map((second) => clockTime(new Date(second * 1_000))),
      },
      { ...axis(), size: 56, space: 40, values: (_, prices) => prices.map((price) => price.toFixed(2)) },
    ],
    hooks: { setCursor: [({ cursor }) => onHover(cursor.idx ?? undefined)] },
  };
}

function axis() {
  return {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
}

/** The last three minutes, and room for half a minute at the beginning. */
function timeRange(plot, first, last) {
  if (last === null) {
    const now = Date.now() / 1_000;
    return [now, now + LEAST_SECONDS];
  }
  return [Math.max(first, last - SHOWN_SECONDS), Math.max(last, first + LEAST_SECONDS)];
}

function priceRange(plot, lowest, highest) {
  if (lowest === null) return [0, 100];
  const margin = Math.max((highest - lowest) * 0.15, 0.1);
  return [lowest - margin, highest + margin];
}

/** Asked for at each drawing, since the colour scheme may change. */
function color(name) {
  return () => getComputedStyle(document.documentElement).getPropertyValue(name);
}
