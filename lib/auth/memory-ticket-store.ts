import type { TicketStore } from './ticket-store.js';

const SECOND = 1_000;

/** Keeps the ids of used tickets in this process until they expire: together by the second, with one timer for all. */
export class MemoryTicketStore implements TicketStore {
  readonly #used = new Map<number, Set<string>>();
  /** Everything that expires up to this second is forgotten, and refused also when the clock is set back. */
  #forgotten = 0;
  #timer: NodeJS.Timeout | undefined = undefined;

  /** How many ids are kept. */
  get size(): number {
    let size = 0;
    for (const ids of this.#used.values()) size += ids.size;
    return size;
  }

  use(id: string, expiresAt: number): boolean {
    const second = Math.ceil(expiresAt / SECOND);
    if (second <= this.#forgotten) return false;
    const ids = this.#used.get(second);
    if (ids === undefined) this.#used.set(second, new Set([id]));
    else if (ids.has(id)) return false;
    else ids.add(id);
    this.#timer ??= setInterval(() => this.#forget(), SECOND).unref();
    return true;
  }

  #forget(): void {
    const now = Math.floor(Date.now() / SECOND);
    for (const second of this.#used.keys()) {
      if (second > now) continue;
      this.#used.delete(second);
      this.#forgotten = Math.max(this.#forgotten, second);
    }
    if (this.#used.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
