import type { LogRecord, LogTail } from '../log/event-log.js';
import type { TopicKey } from '../log/topic-key.js';
import { now } from '../log/clock.js';
import { Batch } from './batch.js';
import type { Counters } from './hub-stats.js';
import type { LogReader } from './log-reader.js';
import { TopicFeed, type Recipient } from './topic-feed.js';
import { toVisibleEvent, type VisibleEvent } from './visible-event.js';

/**
 * Follows the log's tail, and hands what is new to the streams once a turn of the event loop: what is due to a stream
 * leaves in one write, and streams that follow the same topics share the bytes.
 */
export class FanOut<R extends Recipient = Recipient> implements LogTail {
  /** Everything up to this offset has been offered to the live streams. */
  delivered = 0;
  /** What filters have seen in the delivery that goes on. Kept no longer: decoded events are larger than records. */
  readonly #visible = new Map<LogRecord, VisibleEvent>();
  readonly #feeds = new Map<TopicKey, TopicFeed<R>>();
  #touched: TopicFeed<R>[] = [];
  #end = 0;
  #scheduled = false;
  #delivering = false;

  /** Told for each event that was handed on of the seconds since it was published. */
  onDelay: ((seconds: number) => void) | undefined = undefined;
  /** What was published in this turn, while somebody wants to know how long it takes. */
  #timed: LogRecord[] = [];

  constructor(
    readonly reader: LogReader,
    readonly gapEvent: string,
    readonly counters: Counters,
  ) {}

  /** Begins at the log's end. */
  begin(end: number): void {
    this.#end = end;
    this.delivered = end;
  }

  /** A record as filters see it; in a delivery it is decoded once for all of them. */
  see(record: LogRecord): VisibleEvent {
    let event = this.#visible.get(record);
    if (event !== undefined) return event;
    event = toVisibleEvent(record, this.reader.epoch);
    if (this.#delivering) this.#visible.set(record, event);
    return event;
  }

  /** The topics that somebody follows. */
  get feeds(): ReadonlyMap<TopicKey, TopicFeed<R>> {
    return this.#feeds;
  }

  /** The streams that follow a topic. */
  followersOf(key: TopicKey): Iterable<R> {
    return this.#feeds.get(key)?.followers ?? [];
  }

  committed(record: LogRecord): void {
    this.#end = record.offset;
    let isFollowed = false;
    for (const key of record.keys) {
      const feed = this.#feeds.get(key);
      if (feed === undefined) continue;
      isFollowed = true;
      if (feed.fresh.length === 0) this.#touched.push(feed);
      feed.push(record);
    }
    if (isFollowed && this.onDelay !== undefined) this.#timed.push(record);
    if (this.#touched.length > 0) this.#schedule();
    else if (!this.#delivering) this.delivered = this.#end;
  }

  /** Has a stream that is not live follow topics. */
  add(follower: R, keys: Iterable<TopicKey>): void {
    for (const key of keys) {
      follower.keys.add(key);
      this.#feed(key).followers.add(follower);
    }
  }

  remove(follower: R): void {
    for (const key of follower.keys) this.#unfollow(follower, key);
  }

  /** Has a stream follow a topic from now on: what was published before is delivered first. */
  subscribe(follower: R, key: TopicKey): void {
    this.deliver();
    follower.keys.add(key);
    this.#feed(key).followers.add(follower);
  }

  unsubscribe(follower: R, key: TopicKey): void {
    this.deliver();
    follower.keys.delete(key);
    this.#unfollow(follower, key);
  }

  #feed(key: TopicKey): TopicFeed<R> {
    let feed = this.#feeds.get(key);
    if (feed === undefined) {
      feed = new TopicFeed<R>();
      this.#feeds.set(key, feed);
    }
    return feed;
  }

  #unfollow(follower: R, key: TopicKey): void {
    const feed = this.#feeds.get(key);
    if (feed?.followers.delete(follower) && feed.followers.size === 0) this.#feeds.delete(key);
  }

  // setImmediate, not a microtask: publishes that await each other belong to one turn.
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.deliver();
    });
  }

  /** Hands on what is new, now instead of at the end of the turn. */
  deliver(): void {
    // A filter or a listener that is called in a delivery may subscribe; it does not begin another one.
    if (this.#touched.length === 0 || this.#delivering) return;
    this.#delivering = true;
    const end = this.#end;
    const timed = this.#timed;
    this.#timed = [];
    for (const follower of this.#assign()) this.#deliverTo(follower);
    this.#delivering = false;
    this.#visible.clear();
    this.#tellDelays(timed);
    // What came meanwhile is still to be delivered, unless nobody follows it.
    this.delivered = this.#touched.length === 0 ? this.#end : end;
  }

  #tellDelays(timed: readonly LogRecord[]): void {
    if (timed.length === 0) return;
    const time = now();
    for (const record of timed) this.onDelay?.((time - record.time) / 1_000);
  }

  /** One stream that cannot take what is new must not keep the others from it. */
  #deliverTo(follower: R): void {
    const batch = follower.batch!;
    follower.batch = undefined;
    try {
      follower.deliver(batch);
    } catch (error) {
      follower.connection.fail(error);
    }
  }

  /** Gives everyone who follows a feed with something new the batch of the feeds it follows. */
  #assign(): R[] {
    const touched = this.#touched;
    this.#touched = [];
    const followers: R[] = [];
    const nothing = new Batch();
    for (const feed of touched) {
      const fresh = feed.takeFresh();
      for (const follower of feed.followers) {
        if (follower.batch === undefined) followers.push(follower);
        follower.batch = (follower.batch ?? nothing).with(fresh);
      }
    }
    return followers;
  }
}
