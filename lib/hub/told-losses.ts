import type { Loss } from '../log/event-log.js';
import type { TopicKey } from '../log/topic-key.js';

/** Which losses a stream has been told of, or need not be: for each topic of its own, since topics lose apart. */
export class ToldLosses {
  #upTo: Map<TopicKey, number> | undefined = undefined;

  /** Losses that happened before the place where the stream begins. */
  forgive(losses: ReadonlyMap<TopicKey, number>): void {
    this.#upTo = losses.size === 0 ? undefined : new Map(losses);
  }

  /** A stream that has everything has nothing left to be told of. */
  forget(): void {
    this.#upTo = undefined;
  }

  /** The log has lost what was behind this offset; what is lost there from now on is something else. */
  rollBack(offset: number): void {
    for (const [key, upTo] of this.#upTo ?? []) this.#upTo!.set(key, Math.min(upTo, offset));
  }

  /**
   * What is to be told now; undefined where that is nothing.
   * @param after the offset behind which the losses are
   */
  take(losses: readonly Loss[], after: number): { readonly count: number | undefined } | undefined {
    const untold = losses.filter(({ key, upTo }) => upTo > this.#toldOf(key));
    const [loss, ...others] = untold;
    if (loss === undefined) return undefined;
    // Topics may share events, and a part of these may have been counted before.
    const isExact = others.length === 0 && this.#toldOf(loss.key) <= after;
    for (const { key, upTo } of untold) (this.#upTo ??= new Map()).set(key, upTo);
    return { count: isExact ? loss.count : undefined };
  }

  #toldOf(key: TopicKey): number {
    return this.#upTo?.get(key) ?? 0;
  }
}
