import type { LogRecord } from '../log/event-log.js';
import type { Recipient, TopicFeed } from './topic-feed.js';

/** What is new in a topic on its way to the streams that follow it, a piece at a time. */
export class Delivery<R extends Recipient = Recipient> {
  readonly #recipients: readonly R[];
  #next = 0;

  /** @param timed those of its records whose delay is to be told */
  constructor(
    readonly feed: TopicFeed<R>,
    readonly timed: readonly LogRecord[],
  ) {
    this.#recipients = feed.recipients;
  }

  get isDone(): boolean {
    return this.#next >= this.#recipients.length;
  }

  /** Whether those who follow the topic are still those who did when it began. */
  get isForAll(): boolean {
    return this.#recipients === this.feed.recipients;
  }

  /** The streams that come next, so many at the most. */
  take(count: number): readonly R[] {
    const from = this.#next;
    this.#next += count;
    return from === 0 && this.isDone ? this.#recipients : this.#recipients.slice(from, this.#next);
  }
}
