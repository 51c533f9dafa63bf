import type { LogRecord } from '../log/event-log.js';
import type { Recipient, TopicFeed } from './topic-feed.js';

/** What is new in some topics, on its way to the streams that follow them, a piece at a time. */
export class Delivery<R extends Recipient = Recipient> {
  /** Those of its records whose delay is to be told. */
  readonly timed: readonly LogRecord[];
  readonly #recipients: readonly (readonly R[])[];
  #feed = 0;
  #next = 0;

  constructor(readonly feeds: readonly TopicFeed<R>[]) {
    this.#recipients = feeds.map(({ recipients }) => recipients);
    this.timed = feeds.flatMap(({ timed }) => timed.splice(0));
  }

  get isDone(): boolean {
    return this.#feed === this.#recipients.length;
  }

  /** Goes on to so many of the streams, whether there is still something for them or not. */
  handOn(count: number, hand: (recipient: R) => void): void {
    for (let left = count; left > 0 && !this.isDone; left--) {
      const recipients = this.#recipients[this.#feed]!;
      const recipient = recipients[this.#next++];
      if (recipient !== undefined) hand(recipient);
      if (this.#next < recipients.length) continue;
      this.#feed++;
      this.#next = 0;
    }
  }
}
