const FEWEST = 5;
const MOST = 500;
/** A turn may be so long that the fewest of them would take minutes over all rounds. */
const LONGEST_SLOTS = 5;

/**
 * How many turns everyone has in a slot, so that all slots take about the same time, however much is done in it. What
 * has warmed up last says how long a turn takes.
 */
export class TurnCounts {
  #counts = new Map();
  #slotMs;

  constructor(slotMs) {
    this.#slotMs = slotMs;
  }

  /** Undefined as long as nobody knows how long a turn takes. */
  get(who) {
    return this.#counts.get(who);
  }

  /** @param {number} turnNs how long a turn of theirs has taken */
  set(who, turnNs) {
    const fitting = (milliseconds) => Math.floor((milliseconds * 1e6) / turnNs);
    const few = Math.min(FEWEST, fitting(this.#slotMs * LONGEST_SLOTS));
    this.#counts.set(who, Math.max(1, few, Math.min(MOST, fitting(this.#slotMs))));
  }
}
