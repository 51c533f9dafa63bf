import type { LogRecord } from '../log/event-log.js';
import type { Recipient, TopicFeed } from './topic-feed.js';

/** What is new in a topic on its way to the streams that follow it, a piece at a time. */
export class Delivery<R extends Recipient = Recipient> {
  /** Those of its records whose delay is to be told. */
  timed: readonly LogRecord[] = [];
  #recipients: readonly R[] | undefined = undefined;
  #next = 0;

  constructor(readonly feed: TopicFeed<R>) {}

  get isBegun(): boolean {
    return this.#recipients !== undefined;
  }

  get isDone(): boolean {
    return this.#next >= this.#recipients!.length;
  }

  /** Whether those who follow the topic are still those who did when it began. */
  get hasSameFollowers(): boolean {
    return this.feed.isStillFollowedBy(this.#recipients!);
  }

  /** Takes what is fresh in the topic, for those who follow it now. */
  begin(epoch: string): void {
    this.timed = this.feed.take(epoch);
    this.#recipients = this.feed.recipients;
  }

  /** The streams that come next, so many at the most. */
  take(count: number): readonly R[] {
    const from = this.#next;
    this.#next += count;
    return from === 0 && this.isDone ? this.#recipients! : this.#recipients!.slice(from, this.#next);
  }
}
