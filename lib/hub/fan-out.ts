import type { Turn } from '../connection/turn.js';
import { now } from '../log/clock.js';
import type { LogRecord, LogTail } from '../log/event-log.js';
import type { TopicKey } from '../log/topic-key.js';
import { Delivery } from './delivery.js';
import { FlushIntervals } from './flush-intervals.js';
import type { Counters } from './hub-stats.js';
import type { LogReader } from './log-reader.js';
import type { Run } from './run.js';
import { TopicFeed, type Recipient } from './topic-feed.js';
import { toVisibleEvent, type VisibleEvent } from './visible-event.js';

// Milliseconds of a turn after which the rest of the streams has to wait for the next, so that others are served.
const SLICE_MS = 8;

// Streams between two looks at the time.
const PIECE = 64;

/** What the fan-out needs of its hub. */
export interface FanOutHost {
  readonly turn: Turn;
  readonly reader: LogReader;
  readonly gapEvent: string;
  readonly counters: Counters;
  /** Milliseconds for which a topic's events wait for further ones. */
  flushIntervalOf(key: TopicKey): number;
}

/**
 * Follows the log's tail, and hands what is new to the streams when a turn of the event loop is over: what is due to a
 * stream leaves in one write, and streams that follow the same topics share the bytes.
 *
 * Whatever a stream is handed, it is brought to the log's end of that moment: what waits in other topics of its comes
 * along. So its events are in the log's order, although topics are delivered apart: each in slices, and when it is due.
 */
export class FanOut<R extends Recipient = Recipient> implements LogTail {
  /** The offset of the last record. */
  end = 0;
  /** Streams that were not live may have missed anything up to here. */
  handed = 0;
  /** Told for each event that was handed on of the seconds since it was published. */
  onDelay: ((seconds: number) => void) | undefined = undefined;
  readonly #feeds = new Map<TopicKey, TopicFeed<R>>();
  /** Those that have something new. */
  readonly #fresh = new Set<TopicFeed<R>>();
  /** Those of them that wait for no more. */
  #due: TopicFeed<R>[] = [];
  #deliveries: Delivery<R>[] = [];
  readonly #intervals = new FlushIntervals<TopicFeed<R>>((feeds) =>
    feeds.forEach((feed) => this.#plan(feed)),
  );
  #isScheduled = false;
  /** Whom something is being handed to. */
  #recipient: R | undefined = undefined;
  /** What filters have seen in this turn. Kept no longer: decoded events are larger than records. */
  readonly #visible = new Map<LogRecord, VisibleEvent>();
  readonly #deliver = (): void => this.#deliverDue();
  readonly #handBatch = (recipient: R): void => this.#hand(recipient, recipient.batch);

  constructor(private readonly host: FanOutHost) {}

  get reader(): LogReader {
    return this.host.reader;
  }

  get gapEvent(): string {
    return this.host.gapEvent;
  }

  get counters(): Counters {
    return this.host.counters;
  }

  /** Begins at the log's end. */
  begin(end: number): void {
    this.end = end;
    this.handed = end;
  }

  /** A record as filters see it; while something is handed on it is decoded once for all of them. */
  see(record: LogRecord): VisibleEvent {
    let event = this.#visible.get(record);
    if (event !== undefined) return event;
    event = toVisibleEvent(record, this.reader.epoch);
    if (this.#isScheduled) this.#visible.set(record, event);
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
    this.end = record.offset;
    let isTimed = this.onDelay !== undefined;
    for (const key of record.keys) {
      const feed = this.#feeds.get(key);
      if (feed === undefined) continue;
      if (isTimed) feed.timed.push(record);
      isTimed = false;
      const isFirst = !feed.hasFresh;
      feed.push(record);
      this.#onFresh(feed, isFirst);
    }
  }

  /** Has a stream follow topics, from where it is; what is new in them and behind that is for it too. */
  add(follower: R, keys: Iterable<TopicKey>): void {
    for (const key of keys) {
      follower.keys.add(key);
      this.#feed(key).add(follower);
    }
  }

  delete(follower: R, key: TopicKey): void {
    follower.keys.delete(key);
    this.#unfollow(follower, key);
  }

  remove(follower: R): void {
    follower.batch = undefined;
    for (const key of follower.keys) this.#unfollow(follower, key);
  }

  /** Hands a live stream everything that is new for it, now; false where that is being done already. */
  flush(follower: R): boolean {
    if (follower === this.#recipient) return false;
    this.#hand(follower, this.#withFresh(follower, follower.batch));
    return true;
  }

  /** Everything up to this offset has been written to a live stream. */
  offsetOf(follower: R): number {
    if (follower.batch !== undefined) return Math.max(follower.offset, follower.batch.first - 1);
    let offset = this.end;
    for (const feed of this.#freshOf(follower))
      offset = Math.min(offset, (feed.firstBehind(follower.offset) ?? Infinity) - 1);
    return Math.max(follower.offset, offset);
  }

  #feed(key: TopicKey): TopicFeed<R> {
    let feed = this.#feeds.get(key);
    if (feed === undefined) {
      feed = new TopicFeed<R>(this.host.flushIntervalOf(key));
      this.#feeds.set(key, feed);
    }
    return feed;
  }

  #unfollow(follower: R, key: TopicKey): void {
    const feed = this.#feeds.get(key);
    feed?.delete(follower);
    if (feed?.followers.size !== 0) return;
    this.#feeds.delete(key);
    this.#fresh.delete(feed);
  }

  #onFresh(feed: TopicFeed<R>, isFirst: boolean): void {
    if (isFirst) this.#fresh.add(feed);
    // One whose last delivery goes on is planned when that is done.
    if (feed.isPlanned || feed.isDelivering) return;
    if (feed.flushInterval === 0 || feed.isFull) this.#plan(feed);
    else if (isFirst) this.#intervals.add(feed, feed.flushInterval);
  }

  /** Has what is new in a feed delivered when the turn is over; nobody may be left who follows it. */
  #plan(feed: TopicFeed<R>): void {
    if (feed.isPlanned || feed.isDelivering || !this.#fresh.has(feed)) return;
    feed.isPlanned = true;
    this.#due.push(feed);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.host.turn.atEnd(this.#deliver);
  }

  #deliverDue(): void {
    const due = this.#due.filter((feed) => this.#fresh.has(feed));
    this.#due = [];
    if (due.length > 0) this.#begin(due);
    this.#goOn();
    this.#visible.clear();
    this.#isScheduled = false;
    if (this.#due.length > 0 || this.#deliveries.length > 0) this.#schedule();
  }

  /** Gives everyone who follows a feed that is due what is new for them. */
  #begin(due: readonly TopicFeed<R>[]): void {
    this.handed = this.end;
    for (const feed of due) {
      this.#fresh.delete(feed);
      const run = feed.take(this.reader.epoch);
      for (const follower of feed.recipients) follower.batch = follower.batch?.with(run) ?? run;
    }
    this.#deliveries.push(new Delivery(due));
    if (this.#fresh.size === 0) return;
    for (const feed of due)
      for (const follower of feed.recipients) follower.batch = this.#withFresh(follower, follower.batch);
  }

  /** Goes on with everything that is on its way, by turns, as far as this turn has room for it. */
  #goOn(): void {
    const end = performance.now() + SLICE_MS;
    while (this.#deliveries.length > 0) {
      for (const delivery of this.#deliveries) delivery.handOn(PIECE, this.#handBatch);
      const done = this.#deliveries.filter(({ isDone }) => isDone);
      if (done.length > 0) this.#deliveries = this.#deliveries.filter(({ isDone }) => !isDone);
      for (const delivery of done) this.#onDone(delivery);
      if (performance.now() >= end) return;
    }
  }

  #onDone({ feeds, timed }: Delivery<R>): void {
    for (const feed of feeds) {
      feed.isDelivering = false;
      if (feed.hasFresh) this.#onFresh(feed, true);
    }
    if (timed.length === 0) return;
    const time = now();
    for (const record of timed) this.onDelay?.((time - record.time) / 1_000);
  }

  /** What is on its way to a stream, and what is new in its topics and not on its way to anybody yet. */
  #withFresh(follower: R, batch: Run | undefined): Run | undefined {
    for (const feed of this.#freshOf(follower)) {
      const run = feed.peek(this.reader.epoch);
      batch = batch?.with(run) ?? run;
    }
    return batch;
  }

  #freshOf(follower: R): TopicFeed<R>[] {
    if (this.#fresh.size === 0) return [];
    if (this.#fresh.size < follower.keys.size)
      return [...this.#fresh].filter(({ followers }) => followers.has(follower));
    const feeds = Array.from(follower.keys, (key) => this.#feeds.get(key)!);
    return feeds.filter(({ hasFresh }) => hasFresh);
  }

  /** One stream that cannot take what is new must not keep the others from it. */
  #hand(recipient: R, batch: Run | undefined): void {
    if (batch === undefined) return;
    recipient.batch = batch;
    this.#recipient = recipient;
    try {
      recipient.deliver(batch);
    } catch (error) {
      recipient.connection.fail(error);
    }
    recipient.batch = undefined;
    this.#recipient = undefined;
  }
}
