// Milliseconds of a turn after which what is to be done for many streams has to wait for the next, so that others are
// served.
const SLICE_MS = 8;

/** The time when what begins now has had its share of this turn. */
export function endOfSlice(): number {
  return performance.now() + SLICE_MS;
}
