/** Goes through several ascending sequences as one; what is in more than one of them comes once. */
export class Merge<T extends readonly [offset: number, ...unknown[]]> {
  readonly #heads: { readonly rest: Iterator<T>; next: T }[] = [];

  /** @param sequences each of them is ended by {@link close} */
  constructor(sequences: Iterable<Iterable<T>>) {
    for (const sequence of sequences) {
      const rest = sequence[Symbol.iterator]();
      const first = rest.next();
      if (first.done !== true) this.#heads.push({ rest, next: first.value });
    }
  }

  /** The first of what is left. */
  next(): T | undefined {
    let least: T | undefined;
    for (const { next } of this.#heads) if (least === undefined || next[0] < least[0]) least = next;
    if (least === undefined) return undefined;
    for (let place = this.#heads.length - 1; place >= 0; place--) {
      const head = this.#heads[place]!;
      if (head.next[0] !== least[0]) continue;
      const following = head.rest.next();
      if (following.done === true) this.#heads.splice(place, 1);
      else head.next = following.value;
    }
    return least;
  }

  get isDone(): boolean {
    return this.#heads.length === 0;
  }

  close(): void {
    for (const { rest } of this.#heads) rest.return?.();
  }
}
