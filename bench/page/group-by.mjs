/** Values in lists of those with the same key, in the order in which the keys come; Node 20 has no Map.groupBy. */
export function groupBy(values, keyOf) {
  const groups = new Map();
  for (const value of values) {
    const key = keyOf(value);
    if (groups.has(key)) groups.get(key).push(value);
    else groups.set(key, [value]);
  }
  return [...groups.values()];
}
