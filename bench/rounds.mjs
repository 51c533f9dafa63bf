/**
 * Measures contenders in turn, again and again, so that what slows the machine for a while slows all of them. The order
 * is another one in every round, so that nobody always follows the same neighbour.
 *
 * @template Sample
 * @param {{ ids: readonly string[], rounds: number, warmUps: number, random: () => number }} plan
 * @param {(id: string, isWarmUp: boolean) => Promise<Sample>} measure
 * @returns {Promise<{ samples: Map<string, Sample[]>, failures: Map<string, Error> }>} samples by round; who fails
 * takes no further part
 */
export async function inRounds({ ids, rounds, warmUps, random }, measure) {
  const samples = new Map(ids.map((id) => [id, []]));
  const failures = new Map();
  for (let round = -warmUps; round < rounds; round++) {
    for (const id of shuffled([...samples.keys()], random)) {
      try {
        const sample = await measure(id, round < 0);
        if (round >= 0) samples.get(id).push(sample);
      } catch (error) {
        failures.set(id, error);
        samples.delete(id);
      }
    }
  }
  return { samples, failures };
}

/** Fisher and Yates. */
export function shuffled(items, random) {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
  return items;
}

/** Numbers from 0 up to 1 that a seed determines (mulberry32). */
export function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
