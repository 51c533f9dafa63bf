import type { Attendant, AttendanceChange } from '../shared-presence.js';

type Listener = (change: AttendanceChange) => void;

/** Somebody wants to know who comes to a topic and goes: keeps who is there, by messages and by looking. */
export class Watch {
  readonly #listeners = new Set<Listener>();
  readonly #known = new Map<string, Attendant>();
  /** What has come while somebody looked; it may be newer than what is seen. */
  #meanwhile: AttendanceChange[] | undefined = undefined;

  constructor(private readonly whoIsThere: () => Promise<readonly Attendant[]>) {}

  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  add(listener: Listener): void {
    this.#listeners.add(listener);
    for (const attendant of this.#known.values()) listener({ type: 'join', attendant });
    this.look();
  }

  delete(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  onChange(change: AttendanceChange): void {
    this.#meanwhile?.push(change);
    const { type, attendant } = change;
    const isKnown = this.#known.has(attendant.id);
    if (type === 'join') this.#known.set(attendant.id, attendant);
    else this.#known.delete(attendant.id);
    if (isKnown === (type === 'leave')) for (const listener of this.#listeners) listener(change);
  }

  /** Looks who is there, and tells what no message has. */
  look(): void {
    if (this.#meanwhile !== undefined) return;
    this.#meanwhile = [];
    this.whoIsThere()
      .then(
        (there) => this.#compare(there),
        // It is looked again before long.
        () => undefined,
      )
      .finally(() => (this.#meanwhile = undefined));
  }

  #compare(there: readonly Attendant[]): void {
    const changes = this.#meanwhile!;
    const seen = new Set(changes.map(({ attendant }) => attendant.id));
    const present = new Map(there.map((attendant) => [attendant.id, attendant]));
    // Of whom there was a message meanwhile, that is what is true.
    for (const [id, attendant] of present) if (!seen.has(id)) this.onChange({ type: 'join', attendant });
    for (const [id, attendant] of this.#known)
      if (!seen.has(id) && !present.has(id)) this.onChange({ type: 'leave', attendant });
  }
}
