import { shown, SseError } from '../errors/sse-error.js';
import type { TopicKey } from '../log/topic-key.js';

// Topics that are remembered as no longer new.
const KNOWN = 65_536;
const SECOND = 1_000;

/** What a publisher may still add, as of a time. */
interface Allowance {
  readonly left: number;
  readonly time: number;
}

/** Keeps publishers from filling the log with topics: each may add so many in a second. */
export class NewTopics {
  /** Topics that were published to; the one that was not for longest first. */
  readonly #known = new Set<TopicKey>();
  /** Of those that have added topics within the last second; the one that has not for longest first. */
  readonly #allowances = new Map<string, Allowance>();

  /** @param perSecond what a publisher may add in a second, and at once after one without any */
  constructor(private readonly perSecond: number) {}

  /**
   * Counts those of the topics that are new as added by the publisher.
   * @throws SseError `TOO_MANY_TOPICS`, and then counts none
   */
  add(keys: readonly TopicKey[], publisher: string): void {
    const added = keys.filter((key) => !this.#known.has(key)).length;
    if (added > 0) this.#spend(publisher, added);
    for (const key of keys) {
      this.#known.delete(key);
      this.#known.add(key);
    }
    for (const key of this.#known) {
      if (this.#known.size <= KNOWN) return;
      this.#known.delete(key);
    }
  }

  #spend(publisher: string, added: number): void {
    const time = performance.now();
    this.#forgetBefore(time - SECOND);
    const { left, time: since } = this.#allowances.get(publisher) ?? { left: this.perSecond, time };
    const allowed = Math.min(this.perSecond, left + ((time - since) / SECOND) * this.perSecond);
    if (allowed < added) throw this.#tooMany(publisher);
    this.#allowances.delete(publisher);
    this.#allowances.set(publisher, { left: allowed - added, time });
  }

  /** Whoever has added nothing for a second may add everything again. */
  #forgetBefore(time: number): void {
    for (const [publisher, allowance] of this.#allowances) {
      if (allowance.time > time) return;
      this.#allowances.delete(publisher);
    }
  }

  #tooMany(publisher: string): SseError {
    return new SseError(
      'TOO_MANY_TOPICS',
      `the publisher ${shown(publisher)} adds more than ${this.perSecond} topics in a second (limits.newTopicsPerSecond)`,
      { statusCode: 429, retryAfter: 1 },
    );
  }
}
