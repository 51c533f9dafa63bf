/** The keys of what was appended within a window, and the offsets that they were answered with. */
export class IdempotencyKeys {
  #offsets = new Map<string, number>();
  /** Those of the window before: forgotten when this one is over. */
  #older = this.#offsets;
  #timer: NodeJS.Timeout | undefined = undefined;

  /** @param window milliseconds for which a key is remembered at least */
  constructor(private readonly window: number) {}

  find(key: string): number | undefined {
    return this.#offsets.get(key) ?? this.#older.get(key);
  }

  /** Answers with the offset. */
  add(key: string, offset: number): number {
    this.#offsets.set(key, offset);
    this.#timer ??= setInterval(() => this.#age(), this.window).unref();
    return offset;
  }

  clear(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#offsets = new Map();
    this.#older = this.#offsets;
  }

  #age(): void {
    if (this.#offsets.size === 0) return this.clear();
    this.#older = this.#offsets;
    this.#offsets = new Map();
  }
}
