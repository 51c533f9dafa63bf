// How many are remembered at the least.
const MOST = 32_768;

/** Offsets that belong to the history, the last ones: in two parts, the older of which is forgotten when the other is full. */
export class KnownPlaces {
  #offsets = new Set<number>();
  #older = this.#offsets;

  add(offset: number): void {
    if (this.#offsets.size >= MOST) {
      this.#older = this.#offsets;
      this.#offsets = new Set();
    }
    this.#offsets.add(offset);
  }

  has(offset: number): boolean {
    return this.#offsets.has(offset) || this.#older.has(offset);
  }

  clear(): void {
    this.#offsets = new Set();
    this.#older = this.#offsets;
  }
}
