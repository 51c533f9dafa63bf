/** @typedef {{ median: number, low: number, high: number }} Interval a median, and where the true one lies */

const CONFIDENCE = 0.95;

/** The value in the middle. */
export function median(values) {
  const sorted = [...values].sort(ascending);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The median with its 95% interval by order statistics, which supposes nothing about how values are distributed: each
 * is below the true median with a probability of one half, so how many are is binomial. With fewer than six values no
 * interval has 95%; then it is from the lowest to the highest.
 *
 * @param {readonly number[]} values
 * @returns {Interval}
 */
export function medianInterval(values) {
  const sorted = [...values].sort(ascending);
  const beyond = Math.max(countBeyond(sorted.length), 0);
  return { median: median(sorted), low: sorted[beyond], high: sorted[sorted.length - 1 - beyond] };
}

/** The ratios of what was measured in the same round. */
export function pairedRatios(of, to) {
  return of.map((value, round) => value / to[round]);
}

/** The differences of what was measured in the same round. */
export function pairedDifferences(of, to) {
  return of.map((value, round) => value - to[round]);
}

/** How many values at each end are outside of the interval; -1 where even all of them are not enough. */
function countBeyond(count) {
  const tail = (1 - CONFIDENCE) / 2;
  // As a logarithm: that all of 1,075 values lie on one side is no number above 0 any more.
  let logarithm = count * Math.log(0.5);
  let below = Math.exp(logarithm);
  let beyond = -1;
  while (below <= tail) {
    beyond++;
    logarithm += Math.log((count - beyond) / (beyond + 1));
    below += Math.exp(logarithm);
  }
  return beyond;
}

function ascending(a, b) {
  return a - b;
}
