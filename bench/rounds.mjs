/**
 * Measures contenders in turn, again and again, so that what slows the machine for a while slows all of them, and
 * compares each with the control of its own round.
 *
 * @param {Record<string, () => number | Promise<number>>} contenders microseconds of CPU time for one unit of work; the first is the control
 * @param {number} rounds
 */
export async function compare(contenders, rounds) {
  const names = Object.keys(contenders);
  const measured = Object.fromEntries(names.map((name) => [name, []]));
  // The first round warms up.
  for (let round = -1; round < rounds; round++) {
    for (const name of names) {
      const cost = await contenders[name]();
      if (round >= 0) measured[name].push(cost);
    }
  }
  const control = measured[names[0]];
  return names.map((name) => {
    const ratios = measured[name].map((cost, round) => cost / control[round]).sort(ascending);
    return { name, cost: median(measured[name]), ratio: median(ratios), from: ratios[0], to: ratios.at(-1) };
  });
}

/** Prints the comparison as a table. */
export function print(title, unit, rows) {
  console.log(`\n${title}`);
  console.log(`${'CPU time'.padStart(54)}   against the first (lowest to highest round)`);
  for (const { name, cost, ratio, from, to } of rows) {
    const time = `${cost.toFixed(2)} us/${unit}`;
    console.log(
      `  ${name.padEnd(34)} ${time.padStart(17)}   ${ratio.toFixed(2)} (${from.toFixed(2)} to ${to.toFixed(2)})`,
    );
  }
}

/** Microseconds of CPU time that this process takes for each of `count` units of work. */
export async function cpuTimeOf(count, work) {
  globalThis.gc?.();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function median(values) {
  const sorted = [...values].sort(ascending);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function ascending(a, b) {
  return a - b;
}
