/**
 * What was due to the streams of each contender between two tallies of its load client, and what came. What has never
 * come counts as missing, like what was passed over.
 */
export function deliveriesBetween(before, after) {
  const deliveries = new Map();
  for (const [id, end] of after) {
    const begin = before.get(id);
    const [due, delivered, passed, doubled] = ['due', 'delivered', 'missing', 'doubled'].map(
      (name) => end[name] - begin[name],
    );
    deliveries.set(id, { due, delivered, missing: Math.max(passed, due - delivered), doubled });
  }
  return deliveries;
}

/** Whether everything has come, once. */
export function isComplete({ due, delivered, missing, doubled }) {
  return delivered === due && missing === 0 && doubled === 0;
}
