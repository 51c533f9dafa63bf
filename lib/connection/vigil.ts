import type { ResolvedStreamOptions } from '../options/stream-options.js';
import { ticks, type HeartbeatWheel, type WheelMember } from './heartbeat.js';
import type { Outlet } from './outlet.js';

// What a client must take within the stall timeout. Of a write nothing is known before it is complete, and what is
// pending may be one; so a client has as much longer for it as it is larger than this.
const PIECE = 64 * 1024;

// Milliseconds after which the time is looked at again.
const LONGEST_WAY = 5_000;

/** Whom a vigil looks at. */
export interface Watched {
  /** It has had no traffic for the heartbeat's interval. */
  onQuiet(): void;
  /** Its client has taken too little for too long. */
  onStalled(): void;
  /** The time has come at which it is to end. */
  onExpired(): void;
  /** It has ended, and its client has not taken the last bytes in time. */
  destroy(): void;
}

/**
 * Looks at an open connection when something may be due: a heartbeat, its end because it has stalled or expired, and
 * after its end the last bytes. Traffic moves nothing; what it has put off is found out at the next look.
 */
export class Vigil implements WheelMember {
  /** The wheel's tick of the next look; 0 for none. */
  #next = 0;
  /** When the stream ends, in milliseconds since 1970. */
  #expiresAt = Infinity;
  #isOver = false;
  /** The bytes that the client had taken when it was last seen to take any, and the tick at which it must have taken more. */
  #taken = 0;
  #stallsAt = Infinity;

  constructor(
    private readonly wheel: HeartbeatWheel,
    private readonly outlet: Outlet,
    private readonly options: ResolvedStreamOptions,
    private readonly watched: Watched,
  ) {}

  /** @param expiresAt in milliseconds since 1970 */
  begin(expiresAt: number): void {
    this.#expiresAt = expiresAt;
    if (this.outlet.isBlocked) this.#expectProgress();
    this.#planFor(this.#due());
  }

  /** The client does not take more at present. */
  onBlocked(): void {
    if (this.options.stallTimeout === 0) return;
    this.#expectProgress();
    this.#planFor(this.#due());
  }

  expireAt(time: number): void {
    this.#expiresAt = time;
    if (!this.#isOver) this.#planFor(this.#due());
  }

  /** The stream has ended: one more look, to drop what has not been taken by then. */
  lingerFor(milliseconds: number): void {
    this.stop();
    this.#isOver = true;
    this.#planFor(this.wheel.tick + ticks(milliseconds));
  }

  stop(): void {
    this.wheel.delete(this, this.#next);
    this.#next = 0;
  }

  onTick(): number {
    this.#next = 0;
    if (this.#isOver) this.watched.destroy();
    else this.#look();
    // What was due may have ended the stream, or planned the next look by itself.
    if (this.#isOver || this.#next !== 0) return 0;
    this.#next = Math.max(this.#due(), this.wheel.tick + 1);
    return this.#next === Infinity ? 0 : this.#next;
  }

  #look(): void {
    const { tick } = this.wheel;
    if (Date.now() >= this.#expiresAt) this.watched.onExpired();
    else if (this.#hasStalled()) this.watched.onStalled();
    else if (this.#quietAt() <= tick) this.watched.onQuiet();
  }

  #due(): number {
    return Math.min(this.#quietAt(), this.outlet.isBlocked ? this.#stallsAt : Infinity, this.#expiresIn());
  }

  /** A blocked stream has traffic pending already. */
  #quietAt(): number {
    const { interval } = this.options.heartbeat;
    if (interval === 0) return Infinity;
    return (this.outlet.isBlocked ? this.wheel.tick : this.outlet.lastWrite) + ticks(interval);
  }

  #hasStalled(): boolean {
    if (!this.outlet.isBlocked) return false;
    // It has completed a write; what is pending by now may be the next.
    if (this.outlet.taken > this.#taken) this.#expectProgress();
    return this.#stallsAt <= this.wheel.tick;
  }

  #expectProgress(): void {
    const { stallTimeout } = this.options;
    if (stallTimeout === 0) return;
    const { pending, taken } = this.outlet;
    const patience = stallTimeout * Math.max(1, pending / PIECE);
    this.#taken = taken;
    // The present tick has begun already.
    this.#stallsAt = this.wheel.tick + ticks(patience) + 1;
  }

  // The tick is the wheel's, the time the system's: a look that comes too early plans the next. The wheel may be slow,
  // and the clock be set, so the way to a time far away is gone in pieces.
  #expiresIn(): number {
    if (this.#expiresAt === Infinity) return Infinity;
    const left = Math.min(this.#expiresAt - Date.now(), LONGEST_WAY);
    return this.wheel.tick + Math.max(1, ticks(left));
  }

  #planFor(tick: number): void {
    if (tick === Infinity || (this.#next !== 0 && this.#next <= tick)) return;
    this.wheel.delete(this, this.#next);
    this.#next = this.wheel.add(this, tick);
  }
}
