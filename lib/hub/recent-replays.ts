import type { Replay } from './replay.js';

// How long a replay is kept for others, and how many are: 64 KiB of text each, and their bytes.
const KEPT_MS = 1_000;
const KEPT = 32;

/** What was read within the last second or two, for those who ask the same. History does not change. */
export class RecentReplays {
  #replays = new Map<string, Replay>();
  #older = new Map<string, Replay>();
  #timer: NodeJS.Timeout | undefined = undefined;

  find(name: string): Replay | undefined {
    return this.#replays.get(name) ?? this.#older.get(name);
  }

  keep(name: string, replay: Replay): void {
    if (this.#replays.size >= KEPT / 2) this.#age();
    this.#replays.set(name, replay);
    this.#timer ??= setInterval(() => this.#age(), KEPT_MS).unref();
  }

  #age(): void {
    this.#older = this.#replays;
    this.#replays = new Map();
    if (this.#older.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
