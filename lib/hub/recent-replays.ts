import type { TopicKey } from '../log/topic-key.js';
import type { Replay } from './replay.js';

// How long a replay is kept for others, and how many are: 64 KiB of text each, and their bytes.
const KEPT_MS = 1_000;
const KEPT = 32;

/** What was read. */
export interface ReplayQuery {
  readonly epoch: string;
  readonly keys: readonly TopicKey[];
  readonly after: number;
  readonly limit: number;
}

interface Kept {
  readonly query: ReplayQuery;
  readonly replay: Replay;
}

/** What was read within the last second or two, for those who ask the same. History does not change. */
export class RecentReplays {
  /** By the offset behind which they begin: most of those who read leave off at a place of their own. */
  #replays = new Map<number, Kept[]>();
  #older = this.#replays;
  #count = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  find(query: ReplayQuery): Replay | undefined {
    const isAsked = (kept: Kept) => isSame(kept.query, query);
    const found =
      this.#replays.get(query.after)?.find(isAsked) ?? this.#older.get(query.after)?.find(isAsked);
    return found?.replay;
  }

  keep(query: ReplayQuery, replay: Replay): void {
    if (this.#count >= KEPT / 2) this.#age();
    this.#count++;
    const others = this.#replays.get(query.after);
    if (others === undefined) this.#replays.set(query.after, [{ query, replay }]);
    else others.push({ query, replay });
    this.#timer ??= setInterval(() => this.#age(), KEPT_MS).unref();
  }

  #age(): void {
    this.#older = this.#replays;
    this.#replays = new Map();
    this.#count = 0;
    if (this.#older.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function isSame(one: ReplayQuery, other: ReplayQuery): boolean {
  if (one.epoch !== other.epoch || one.limit !== other.limit) return false;
  return one.keys.length === other.keys.length && one.keys.every((key, index) => key === other.keys[index]);
}
