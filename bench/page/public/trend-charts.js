// Draws the charts over the commits. The chart library stands before this in the page; the data in an element of it.
(() => {
  const { uPlot } = globalThis;
  const { commits, charts } = JSON.parse(document.getElementById('data').textContent);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const HEIGHT = 260;
  // Beyond this many commits the dots would run into each other, and the intervals become a shade.
  const MOST_DOTS = 60;
  const FONT = '12px system-ui, sans-serif';
  // As the style sheet has them for the lines below a chart.
  const INKS = ['--line-0', '--line-1', '--line-2', '--line-3', '--line-4', '--line-5'];
  const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 4]];

  for (const figure of document.querySelectorAll('[data-chart]')) {
    drawTrend(figure, charts[figure.dataset.chart]);
  }

  /** One chart, with the commit that the pointer or the control below is at told in words. */
  function drawTrend(figure, { lines }) {
    const [element, walk, told] = ['.plot', '.walk', '.commit'].map((part) => figure.querySelector(part));
    const readings = figure.querySelectorAll('.reading');
    const newest = commits.length - 1;
    const data = [commits.map((_, index) => index), ...lines.map(({ medians }) => medians)];
    const plot = new uPlot(options(element.clientWidth, lines, tell), data, element);
    walk.hidden = commits.length === 1;
    walk.addEventListener('input', () => {
      const left = plot.valToPos(walk.valueAsNumber, 'x');
      plot.setCursor({ left, top: 0 });
    });
    new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT })).observe(element);
    scheme.addEventListener('change', () => plot.redraw(false, true));
    tell(newest);

    function tell(index = walk.valueAsNumber) {
      walk.value = index;
      told.textContent = commits[index].text;
      for (const [line, reading] of readings.entries()) reading.textContent = lines[line].readings[index];
      const values = lines.map((line) => line.readings[index]).join('; ');
      walk.setAttribute('aria-valuetext', `${commits[index].text}: ${values}`);
    }
  }

  function options(width, lines, onCursor) {
    return {
      width,
      height: HEIGHT,
      padding: [12, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: () => [-0.5, commits.length - 0.5] },
        y: { range: () => valueRange(lines) },
      },
      series: [{}, ...lines.map((line, index) => series(line, index))],
      axes: [
        { ...axis(), size: 30, space: 70, incrs: [1, 2, 5, 10, 20, 50, 100], values: commitNames },
        { ...axis(), size: 52, space: 40 },
      ],
      hooks: {
        drawAxes: [drawChanges],
        drawSeries: [(plot, place) => drawIntervals(plot, lines, place - 1)],
        draw: [(plot) => drawGoals(plot, lines)],
        setCursor: [({ cursor }) => onCursor(cursor.idx ?? undefined)],
      },
    };
  }

  function series({ medians }, line) {
    return {
      stroke: color(INKS[line % INKS.length]),
      width: 2,
      dash: DASHES[line % DASHES.length],
      points: { show: false },
      gaps: (plot, _series, _first, _last, missing) =>
        [...missing, ...breaks(plot, medians)].sort(([one], [other]) => one - other),
    };
  }

  /** From commit to commit where one was measured quickly and the other at length: they differ in more than the commit. */
  function breaks(plot, medians) {
    const isBroken = (index) =>
      commits[index].isQuick !== commits[index - 1].isQuick &&
      medians[index] !== null &&
      medians[index - 1] !== null;
    return Array.from(commits.keys())
      .filter((index) => index > 0 && isBroken(index))
      .map((index) => [index - 1, index].map((each) => plot.valToPos(each, 'x', true)));
  }

  function axis() {
    return {
      stroke: color('--muted'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
      font: FONT,
    };
  }

  function commitNames(_, indexes) {
    return indexes.map((index) => commits[index]?.name ?? '');
  }

  /** From the lowest to the highest of all intervals and goals. */
  function valueRange(lines) {
    const all = lines.flatMap(({ goal, lows, highs }) => [goal, ...lows, ...highs]).filter(Number.isFinite);
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const margin = (most - least) * 0.08 || Math.abs(most) * 0.1 || 1;
    return [least - margin, most + margin];
  }

  /** The interval of each point as a vertical line, and its median as a dot; side by side, so that none hides another. */
  function drawIntervals(plot, lines, line) {
    const { medians, lows, highs } = lines[line];
    const place = line - (lines.length - 1) / 2;
    const aside =
      place * Math.min(7 * devicePixelRatio, (plot.bbox.width / commits.length / lines.length) * 0.7);
    const ink = INKS[line % INKS.length];
    const isDense = commits.length > MOST_DOTS;
    plot.ctx.save();
    plot.ctx.fillStyle = color(ink)();
    if (isDense) plot.ctx.globalAlpha = 0.3;
    for (const [index, median] of medians.entries()) {
      if (median === null) continue;
      const x = plot.valToPos(index, 'x', true) + aside;
      stroke(plot, ink, [], (context) => {
        context.moveTo(x, plot.valToPos(lows[index], 'y', true));
        context.lineTo(x, plot.valToPos(highs[index], 'y', true));
      });
      if (isDense) continue;
      plot.ctx.beginPath();
      plot.ctx.arc(x, plot.valToPos(median, 'y', true), 3.5 * devicePixelRatio, 0, 2 * Math.PI);
      plot.ctx.fill();
    }
    plot.ctx.restore();
  }

  function drawGoals(plot, lines) {
    const { left, width } = plot.bbox;
    const goals = new Set(lines.map(({ goal }) => goal).filter((goal) => goal !== undefined));
    for (const goal of goals) {
      const y = plot.valToPos(goal, 'y', true);
      stroke(plot, '--text', [4, 4], (context) => {
        context.moveTo(left, y);
        context.lineTo(left + width, y);
      });
    }
  }

  /** A line between two commits that were measured on different machines, or one quickly and one at length. */
  function drawChanges(plot) {
    const { top, height } = plot.bbox;
    stroke(plot, '--control-line', [2, 4], (context) => {
      for (let index = 1; index < commits.length; index++) {
        const [before, after] = [commits[index - 1], commits[index]];
        if (before.machine === after.machine && before.isQuick === after.isQuick) continue;
        const x = plot.valToPos(index - 0.5, 'x', true);
        context.moveTo(x, top);
        context.lineTo(x, top + height);
      }
    });
  }

  function stroke({ ctx }, ink, dash, trace) {
    ctx.save();
    ctx.beginPath();
    ctx.strokeStyle = color(ink)();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    trace(ctx);
    ctx.stroke();
    ctx.restore();
  }

  /** Asked for at each drawing, since the colour scheme may change. */
  function color(name) {
    return () => getComputedStyle(document.documentElement).getPropertyValue(name);
  }
})();
