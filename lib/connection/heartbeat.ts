/** Something that wants to be called when it has been quiet for a while. */
export interface WheelMember {
  /** Called when the member's tick has come; answers with the next tick, or 0 for never. */
  onTick(tick: number): number;
}

/** Milliseconds of one tick: what intervals are rounded up to. */
export const TICK_MS = 100;

/**
 * One timer for all connections: members stand in the slot of the tick at which they want to be looked at. A member
 * that has had traffic meanwhile is not moved; it is looked at once, and answers with a later tick. So traffic costs
 * nothing here, and an idle connection is visited once an interval.
 */
export class HeartbeatWheel {
  /** The present, in ticks. */
  tick = 1;
  readonly #slots = new Map<number, Set<WheelMember>>();
  #members = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  /** Adds a member, to be called at the tick or soon after; answers with the slot's tick, for {@link delete}. */
  add(member: WheelMember, tick: number): number {
    const due = Math.max(tick, this.tick + 1);
    const slot = this.#slots.get(due);
    if (slot === undefined) this.#slots.set(due, new Set([member]));
    else slot.add(member);
    this.#members++;
    this.#timer ??= setInterval(() => this.#turn(), TICK_MS).unref();
    return due;
  }

  delete(member: WheelMember, tick: number): void {
    const slot = this.#slots.get(tick);
    if (!slot?.delete(member)) return;
    if (slot.size === 0) this.#slots.delete(tick);
    this.#members--;
    this.#stopWhenEmpty();
  }

  #turn(): void {
    this.tick++;
    const slot = this.#slots.get(this.tick);
    if (slot === undefined) return;
    for (const member of slot) {
      // Whoever is called may delete itself and others of this slot, or add them anew.
      this.delete(member, this.tick);
      const next = member.onTick(this.tick);
      if (next > 0) this.add(member, next);
    }
  }

  #stopWhenEmpty(): void {
    if (this.#members > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** Milliseconds in ticks, rounded up. */
export function ticks(milliseconds: number): number {
  return Math.ceil(milliseconds / TICK_MS);
}
