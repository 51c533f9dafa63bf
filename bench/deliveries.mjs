/** What was due to the streams of each contender between two tallies of its load client, and what came. */
export function deliveriesBetween(before, after) {
  const deliveries = new Map();
  for (const [id, end] of after) {
    const begin = before.get(id);
    const difference = Object.fromEntries(Object.keys(end).map((name) => [name, end[name] - begin[name]]));
    deliveries.set(id, toDeliveries(difference));
  }
  return deliveries;
}

/** What has never come counts as missing, like what was passed over. */
export function toDeliveries({ due, delivered, missing: passed, doubled, lost }) {
  return { due, delivered, missing: Math.max(passed, due - delivered), doubled, lost };
}

/**
 * Whether everything has come, once, and to streams that the server has not ended.
 *
 * @param deliveries `lost` is missing in results of before it was counted
 */
export function isComplete({ due, delivered, missing, doubled, lost = 0 }) {
  return delivered === due && missing === 0 && doubled === 0 && lost === 0;
}
