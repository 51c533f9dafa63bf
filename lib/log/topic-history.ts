/** What a topic's history needs to know of a record that goes. */
export interface GoneRecord {
  readonly offset: number;
  readonly id?: string | undefined;
  /** How many topics it was published to. */
  readonly keys: { readonly length: number };
}

/** What a topic's history is kept as. */
export type HistoryState = readonly [
  evictedUpTo: number,
  newestId: string | 0,
  evicted: number,
  sharedOneGone: boolean,
  firstOffset: number,
  evictedId: string | 0,
  evictedIdSince: number,
  floor: number,
];

/** What is known of a topic's records and ids where the records themselves are gone, or not asked. */
export class TopicHistory {
  /** Every record of the topic up to this offset may be gone; none behind it is. */
  evictedUpTo: number;
  /** The id of the newest record, where it has one of its own. */
  newestId: string | undefined = undefined;
  #evicted = 0;
  /** Whether a record that is gone here may still be kept by another of its topics. */
  #sharedOneGone = false;
  #firstOffset = 0;
  /** The id of the record that went last, and the offset of the first of the consecutive ones that had it. */
  #evictedId: string | undefined = undefined;
  #evictedIdSince = 0;
  readonly #floor: number;

  /** @param floor up to this offset the topic may have had records that nobody remembers */
  constructor(floor: number) {
    this.evictedUpTo = floor;
    this.#floor = floor;
  }

  /** What there is to keep of it. */
  get state(): HistoryState {
    return [
      this.evictedUpTo,
      this.newestId ?? 0,
      this.#evicted,
      this.#sharedOneGone,
      this.#firstOffset,
      this.#evictedId ?? 0,
      this.#evictedIdSince,
      this.#floor,
    ];
  }

  /** The history as it was kept. */
  static of(state: HistoryState): TopicHistory {
    const [evictedUpTo, newestId, evicted, sharedOneGone, firstOffset, evictedId, evictedIdSince, floor] =
      state;
    const history = new TopicHistory(floor);
    history.evictedUpTo = evictedUpTo;
    history.newestId = newestId === 0 ? undefined : newestId;
    history.#evicted = evicted;
    history.#sharedOneGone = sharedOneGone;
    history.#firstOffset = firstOffset;
    history.#evictedId = evictedId === 0 ? undefined : evictedId;
    history.#evictedIdSince = evictedIdSince;
    return history;
  }

  /** A record has come. */
  append(offset: number, id: string | undefined): void {
    if (this.#firstOffset === 0) this.#firstOffset = offset;
    this.newestId = id;
  }

  /** The oldest record has gone. */
  evict({ offset, id, keys }: GoneRecord): void {
    this.#evicted++;
    this.#sharedOneGone ||= keys.length > 1;
    this.evictedUpTo = offset;
    if (id === undefined || id !== this.#evictedId) this.#evictedIdSince = offset;
    this.#evictedId = id;
  }

  /** How many records behind the offset are gone; undefined where that is not known exactly. */
  lostAfter(offset: number): number | undefined {
    const isBeforeAll = offset >= this.#floor && offset < this.#firstOffset;
    return isBeforeAll && !this.#sharedOneGone ? this.#evicted : undefined;
  }

  /**
   * The offset of the first record that had the own id, and whether an earlier one that had it may be forgotten.
   * @param retained the offset of the first retained record that has it
   */
  find(
    id: string,
    retained: number | undefined,
  ): { readonly offset: number; readonly earlierGone: boolean } | undefined {
    const offset = this.#evictedId === id ? this.#evictedIdSince : retained;
    return offset === undefined
      ? undefined
      : { offset, earlierGone: offset === this.#firstOffset && this.#floor > 0 };
  }
}
