import type { Turn } from '../connection/turn.js';
import { now } from '../log/clock.js';
import type { EventLog, LogRecord, LogTail } from '../log/event-log.js';
import { NODES_KEY, type TopicKey } from '../log/topic-key.js';
import { CatchingUp } from './catching-up.js';
import { Delivery } from './delivery.js';
import { FlushIntervals } from './flush-intervals.js';
import type { Counters } from './hub-stats.js';
import type { LogReader } from './log-reader.js';
import type { NodeMessages } from './node-messages.js';
import { RecentRecords } from './recent-records.js';
import type { Replay } from './replay.js';
import { Run } from './run.js';
import { endOfSlice } from './slice.js';
import { TopicFeed, type Recipient } from './topic-feed.js';
import { toVisibleEvent, type VisibleEvent } from './visible-event.js';

// How many streams are handed something between two looks at the time.
const STREAMS_PER_LOOK = 64;

/** What the fan-out needs of its hub. */
export interface FanOutHost {
  readonly turn: Turn;
  readonly reader: LogReader;
  /** Told which topics somebody follows. */
  readonly log: Pick<EventLog, 'follow' | 'unfollow'>;
  /** Takes what other nodes tell. */
  readonly nodes: Pick<NodeMessages, 'begin' | 'committed' | 'skipped' | 'rolledBack'>;
  readonly gapEvent: string;
  readonly counters: Counters;
  /** Milliseconds for which a topic's events wait for further ones. */
  flushIntervalOf(key: TopicKey): number;
  /** A stream follows a topic from now on, or does not any more; not told of streams that are over. */
  onFollowing?(recipient: Recipient, key: TopicKey, isFollowing: boolean): void;
}

/**
 * Follows the log's tail, and hands what is new to the streams when a turn of the event loop is over: what is due to a
 * stream leaves in one write, and streams that follow the same topics share the bytes.
 *
 * Topics are delivered apart: each when it is due, and in slices. Whatever a stream is handed, it is handed everything
 * that is new in its topics at that moment, so that its events are in the log's order, and one offset says what it has.
 */
export class FanOut<R extends Recipient = Recipient> implements LogTail {
  /** The offset of the last record. */
  end = 0;
  /** Records up to here are not offered any more to streams that were not live, or did not follow, when they were. */
  handed = 0;
  /** Told for each event that was handed on of the seconds since it was published; must not throw. */
  onDelay: ((seconds: number) => void) | undefined = undefined;
  /** The streams that read the log, to be handed nothing before they have caught up. */
  readonly catchingUp: CatchingUp;
  readonly #feeds = new Map<TopicKey, TopicFeed<R>>();
  /** Those in which there is something that not everybody has had. */
  readonly #pending = new Set<TopicFeed<R>>();
  readonly #intervals = new FlushIntervals<TopicFeed<R>>((feeds) => {
    for (const feed of feeds) this.#plan(feed);
  });
  /** Everything that is on its way, or due, by turns: those that have had their turn in this round wait for the next. */
  #round: Delivery<R>[] = [];
  #place = 0;
  #nextRound: Delivery<R>[] = [];
  #isScheduled = false;
  /** For streams that read a log which answers later. */
  readonly #recent = new RecentRecords();
  #keepsRecent = false;
  readonly #sinceRead = new WeakMap<Replay, { readonly upTo: number; readonly run: Run }>();
  /** What filters have seen in this slice. Kept no longer: decoded events are larger than records. */
  readonly #visible = new Map<LogRecord, VisibleEvent>();
  readonly #atEndOfTurn = (): void => this.#deliver();

  constructor(private readonly host: FanOutHost) {
    this.catchingUp = new CatchingUp(host.turn);
  }

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
    this.host.nodes.begin(end);
  }

  /**
   * What was handed on in these topics since they were read, up to {@link handed}: what a stream has to be written to be
   * live. Undefined where it has to read on.
   */
  sinceRead(replay: Replay, keys: ReadonlySet<TopicKey>): Run | undefined {
    if (!this.#keepsRecent) {
      this.#keepsRecent = true;
      this.#recent.begin(this.end);
    }
    // What came to a topic before anybody followed it was not kept; what was read may be older than that.
    for (const key of keys) if ((this.#feeds.get(key)?.since ?? Infinity) > replay.end) return undefined;
    const known = this.#sinceRead.get(replay);
    if (known?.upTo === this.handed) return known.run;
    const records = this.#recent
      .between(replay.end, this.handed)
      ?.filter((record) => record.keys.some((key) => keys.has(key)));
    if (records === undefined) return undefined;
    const run = Run.of(records, this.reader.epoch);
    this.#sinceRead.set(replay, { upTo: this.handed, run });
    return run;
  }

  /** A record as filters see it; while something is handed on it is decoded once a slice for all of them. */
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
    if (record.keys[0] === NODES_KEY) this.host.nodes.committed(record);
    let isTimed = this.onDelay !== undefined;
    let kept: LogRecord | undefined;
    for (const key of record.keys) {
      const feed = this.#feeds.get(key);
      if (feed === undefined) {
        this.handed = record.offset;
        continue;
      }
      if (this.#keepsRecent && record !== kept) this.#recent.add((kept = record));
      const isFirst = !feed.hasFresh;
      feed.push(record, isTimed);
      isTimed = false;
      this.#onFresh(feed, isFirst);
    }
  }

  skipped(offset: number, keys: Iterable<TopicKey>): void {
    const places = new Map<R, number>();
    let isFollowed = false;
    for (const key of keys) {
      if (key === NODES_KEY) this.host.nodes.skipped(offset);
      isFollowed ||= this.#feeds.has(key);
      for (const follower of this.followersOf(key))
        if (follower.isLive) places.set(follower, this.offsetOf(follower));
    }
    this.end = offset;
    this.handed = offset;
    // Also where all who follow it are reading: they must not find it missing among what is kept for them.
    if (isFollowed && this.#keepsRecent) this.#recent.begin(offset);
    for (const [follower, place] of places) follower.readFrom(place);
  }

  /** What is on its way may be lost: all streams go on from what they have been written, and are told of the gap. */
  rolledBack(offset: number): void {
    const places = new Map<R, number>();
    for (const { followers } of this.#feeds.values()) {
      for (const follower of followers)
        places.set(follower, follower.isLive ? this.offsetOf(follower) : follower.offset);
    }
    for (const feed of this.#feeds.values()) feed.clear();
    this.#pending.clear();
    this.#intervals.clear();
    this.#round = [];
    this.#nextRound = [];
    this.#place = 0;
    this.end = offset;
    this.handed = offset;
    this.host.nodes.rolledBack(offset);
    if (this.#keepsRecent) this.#recent.begin(offset);
    for (const [follower, place] of places) follower.rollBack(Math.min(place, offset));
  }

  /** Has a stream follow topics, from where it is; what is new in them and behind that is for it too. */
  add(follower: R, keys: Iterable<TopicKey>): void {
    for (const key of keys) {
      follower.keys.add(key);
      this.#feed(key).add(follower);
      this.host.onFollowing?.(follower, key, true);
    }
  }

  /** Has a stream follow a topic no more. */
  unfollow(follower: R, key: TopicKey): void {
    follower.keys.delete(key);
    this.#removeFrom(key, follower);
    this.host.onFollowing?.(follower, key, false);
  }

  /** Has a stream that is over be handed nothing more; what it followed stays known. */
  remove(follower: R): void {
    for (const key of follower.keys) this.#removeFrom(key, follower);
  }

  /** Hands a live stream everything that is new for it, now; not in the middle of what it is handed. */
  bringUpToDate(follower: R): void {
    const runs = this.#newFor(follower);
    if (runs.length > 0) this.#hand(follower, Run.merge(runs));
  }

  /** Everything up to this offset has been written to a live stream. */
  offsetOf(follower: R): number {
    const runs = this.#newFor(follower);
    if (runs.length === 0) return Math.max(follower.offset, this.end);
    return Math.min(...runs.map((run) => run.firstBehind(follower.offset)!)) - 1;
  }

  #feed(key: TopicKey): TopicFeed<R> {
    let feed = this.#feeds.get(key);
    if (feed === undefined) {
      feed = new TopicFeed<R>(this.host.flushIntervalOf(key), this.end);
      this.#feeds.set(key, feed);
      this.host.log.follow?.(key);
    }
    return feed;
  }

  #removeFrom(key: TopicKey, follower: R): void {
    const feed = this.#feeds.get(key);
    feed?.delete(follower);
    if (feed?.followers.size !== 0) return;
    this.#feeds.delete(key);
    this.host.log.unfollow?.(key);
    this.#intervals.delete(feed, feed.flushInterval);
    // Whoever comes to follow it is not offered what goes with it.
    if (this.#pending.delete(feed)) this.handed = this.end;
  }

  #onFresh(feed: TopicFeed<R>, isFirst: boolean): void {
    if (isFirst) this.#pending.add(feed);
    if (feed.flushInterval === 0 || feed.isFull) this.#plan(feed);
    else if (isFirst) this.#intervals.add(feed, feed.flushInterval);
  }

  /** What is fresh in a feed waits no more; where something is still on its way, it waits for that. */
  #plan(feed: TopicFeed<R>): void {
    if (feed.isDue || !feed.hasFresh) return;
    feed.isDue = true;
    this.#intervals.delete(feed, feed.flushInterval);
    if (!feed.isDelivering) this.#enqueue(feed);
  }

  #enqueue(feed: TopicFeed<R>): void {
    this.#nextRound.push(new Delivery(feed));
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.host.turn.atEnd(this.#atEndOfTurn);
  }

  #deliver(): void {
    try {
      this.#goOn();
    } finally {
      this.#visible.clear();
      this.#isScheduled = false;
      if (this.#isRoundOver) this.#beginRound();
      if (!this.#isRoundOver) this.#schedule();
    }
  }

  /** Goes on with everything that is due or on its way, as far as this turn has room for it. */
  #goOn(): void {
    const end = endOfSlice();
    for (let delivery = this.#next(); delivery !== undefined; delivery = this.#next()) {
      if (!delivery.isBegun) this.#begin(delivery);
      this.#handOn(delivery);
      if (delivery.isDone) this.#onDone(delivery);
      else this.#nextRound.push(delivery);
      if (performance.now() >= end) return;
    }
  }

  /** Whose turn it is. */
  #next(): Delivery<R> | undefined {
    if (this.#isRoundOver) this.#beginRound();
    return this.#isRoundOver ? undefined : this.#round[this.#place++];
  }

  get #isRoundOver(): boolean {
    return this.#place === this.#round.length;
  }

  #beginRound(): void {
    this.#round = this.#nextRound;
    this.#nextRound = [];
    this.#place = 0;
  }

  #begin(delivery: Delivery<R>): void {
    delivery.begin(this.reader.epoch);
    this.handed = this.end;
  }

  #handOn(delivery: Delivery<R>): void {
    const { feed, hasSameFollowers } = delivery;
    // The usual case: nothing is new in other topics, so all of them are handed the same. What comes meanwhile is behind it.
    const common = this.#pending.size === 1 ? feed.all(this.reader.epoch) : undefined;
    for (const recipient of delivery.take(STREAMS_PER_LOOK)) {
      if (!recipient.isLive) continue;
      // Whoever has left meanwhile is not handed what it has left.
      const isHandedIt = common !== undefined && (hasSameFollowers || feed.followers.has(recipient));
      if (!isHandedIt) this.bringUpToDate(recipient);
      else if (common.last > recipient.offset) this.#hand(recipient, common);
    }
  }

  #onDone({ feed, timed }: Delivery<R>): void {
    feed.done();
    if (!feed.hasFresh) this.#pending.delete(feed);
    else if (feed.isDue && this.#pending.has(feed)) this.#enqueue(feed);
    if (timed.length === 0) return;
    const time = now();
    for (const record of timed) this.onDelay?.((time - record.time) / 1_000);
  }

  /** What is new in the topics of a stream. */
  #newFor(follower: R): Run[] {
    const { epoch } = this.reader;
    const runs: Run[] = [];
    if (this.#pending.size <= follower.keys.size) {
      for (const feed of this.#pending)
        if (feed.followers.has(follower)) feed.addBehind(follower.offset, runs, epoch);
    } else {
      for (const key of follower.keys) this.#feeds.get(key)?.addBehind(follower.offset, runs, epoch);
    }
    return runs;
  }

  /** One stream that cannot take what is new must not keep the others from it. */
  #hand(recipient: R, run: Run): void {
    try {
      recipient.deliver(run);
    } catch (error) {
      recipient.connection.fail(error);
    }
  }
}
