import { Chunk } from '../connection/chunk.js';
import type { ConnectionFeed } from '../connection/connection-host.js';
import type { Connection } from '../connection/connection.js';
import type { GapReason } from '../errors/gap-reason.js';
import { isPromiseLike, type Awaitable } from '../async/awaitable.js';
import type { LogRecord } from '../log/event-log.js';
import { formatPosition } from '../log/position.js';
import { topicOf, type TopicKey } from '../log/topic-key.js';
import type { ErrorOrigin } from '../options/hub-options.js';
import { applyFilter } from './apply-filter.js';
import type { CatchingUpStream } from './catching-up.js';
import type { FanOut } from './fan-out.js';
import type { HubStream } from './hub-stream.js';
import { sendInitial } from './initial.js';
import type { LogReader } from './log-reader.js';
import { gapEvent, positionBlock, type Gap } from './notices.js';
import { resume, type Beginner, type Resumption } from './resume.js';
import type { Replay } from './replay.js';
import type { Run } from './run.js';
import { ToldLosses } from './told-losses.js';
import type { Recipient } from './topic-feed.js';

// Characters that a catching-up stream reads and writes at once; its share of memory, however far it is behind.
const READ_LIMIT = 64 * 1024;

/**
 * A stream's place in the log. While its client keeps up it is live and written what is new; otherwise it holds its
 * position, and reads the log from there whenever the client can take more.
 */
export class Follower implements ConnectionFeed, Recipient, Beginner, CatchingUpStream {
  readonly keys = new Set<TopicKey>();
  /** Whether it is written what is new; otherwise it reads the log. */
  isLive = false;
  offset = 0;
  /** It is not live before it has read up to here: what it has subscribed to since begins behind that. */
  #readsTo = 0;
  readonly #told = new ToldLosses();
  #hasPlace = false;
  #ready = false;
  #reading = false;
  #keysChanged = false;
  #behind = false;
  /** Topics that were subscribed to while this was behind, and the offset behind which they begin. */
  #later: Map<TopicKey, number> | undefined = undefined;
  #isReplaced = false;
  /** Whether the log has lost something that the client is still to be told of. */
  #isRolledBack = false;
  /** Counts the rollbacks: what the log was asked before one is not answered for this history. */
  #rollbacks = 0;
  /** Whether it is in the middle of what it is handed: its filter is at work. */
  #isTaking = false;
  /** What the client has sent to resume from; a stream that is open already follows from now on, as further topics of it do. */
  readonly #lastEventId: string | undefined;
  /** Whether it is about to end: there is no later for what it has not been written. */
  #isFlushing = false;
  // Asked for with every event: each further object on an event's way is one more that the processor has to fetch.
  readonly #filter: HubStream['filter'];

  constructor(
    readonly connection: Connection,
    readonly stream: HubStream,
    private readonly fanOut: FanOut<Follower>,
  ) {
    this.#lastEventId = connection.isPending ? connection.lastEventId : undefined;
    this.#filter = stream.filter;
  }

  get reader(): LogReader {
    return this.fanOut.reader;
  }

  /** Whether it follows nothing any more. */
  get isOver(): boolean {
    return this.connection.isClosed || this.#isReplaced;
  }

  get topics(): readonly string[] {
    return [...this.keys].map(topicOf).filter((topic) => topic !== undefined);
  }

  get position(): string | undefined {
    if (!this.#ready) return undefined;
    return this.#format(this.isLive ? this.fanOut.offsetOf(this) : this.offset);
  }

  get caughtUpPosition(): string | undefined {
    return this.isLive ? this.position : undefined;
  }

  /**
   * Finds the place to begin at, sends what comes first, and then follows the log. The head waits until the place is
   * known: whatever is published once a client has seen the head is behind it. Answers when it is.
   */
  begin(): Awaitable<void> {
    if (this.isOver) return undefined;
    const rollbacks = this.#rollbacks;
    const place = this.#ask(() => resume(this, this.#lastEventId));
    return this.#then(place, (found) => {
      if (rollbacks !== this.#rollbacks) return this.begin();
      return this.#beginAt(found, this.#lastEventId === undefined);
    });
  }

  /** Follows further topics, from now on; before the head is sent, from where the stream begins. */
  follow(keys: readonly TopicKey[]): void {
    const added = keys.filter((key) => !this.keys.has(key));
    // What was published before is for those that follow it by now. A filter may subscribe while its stream is being
    // handed something: what waits in the further topics may be older than that, so it reads on from there.
    if (!this.#bringUpToDate()) this.#fallBehind(this.offset);
    if (this.isOver) return;
    this.fanOut.add(this, added);
    this.#keysChanged = true;
    if (this.isLive || this.connection.isPending) return;
    this.#readsTo = this.fanOut.end;
    for (const key of added) (this.#later ??= new Map()).set(key, this.fanOut.end);
  }

  unfollow(keys: readonly TopicKey[]): void {
    this.#bringUpToDate();
    this.#keysChanged = true;
    for (const key of keys) {
      this.fanOut.unfollow(this, key);
      this.#later?.delete(key);
    }
  }

  flush(): void {
    this.#isFlushing = true;
    this.#bringUpToDate();
  }

  /** Gives way to another follower of the same connection. */
  replace(): void {
    this.#isReplaced = true;
    this.reader.forget(this);
    this.fanOut.remove(this);
  }

  onWritable(): void {
    this.#catchUp();
  }

  /** Reads the next piece of what it is behind. */
  goOn(): void {
    this.#reading = false;
    this.#catchUp();
  }

  onClosed(): void {
    // Its place stays what it was, for whoever asks later.
    if (this.isLive) this.#fallBehind(this.fanOut.offsetOf(this));
    this.reader.forget(this);
    this.fanOut.remove(this);
  }

  readFrom(offset: number): void {
    this.isLive = false;
    this.offset = offset;
    this.#catchUpSoon();
  }

  rollBack(offset: number): void {
    this.#rollbacks++;
    this.#told.rollBack(offset);
    if (!this.#hasPlace) return;
    this.#isRolledBack = true;
    this.isLive = false;
    this.offset = offset;
    this.#readsTo = Math.min(this.#readsTo, offset);
    for (const [key, begin] of this.#later ?? []) this.#later!.set(key, Math.min(begin, offset));
    this.#keysChanged = true;
    this.#catchUpSoon();
  }

  deliver(run: Run): void {
    this.#isTaking = true;
    try {
      this.#writeNew(run);
    } finally {
      this.#isTaking = false;
    }
  }

  #writeNew(run: Run): void {
    const from = run.indexAfter(this.offset);
    // A large burst that a filter makes this stream's own is read from the log as the client takes it.
    const isTooLarge = this.#filter !== undefined && !this.#isFlushing && run.isLargerThan(READ_LIMIT);
    if (!this.connection.writable || isTooLarge) {
      this.#fallBehind(run.records[from]!.offset - 1);
      return this.#catchUp();
    }
    if (!this.#write(run, from)) return;
    this.offset = Math.max(this.offset, run.last);
    if (!this.isLive) this.#catchUp();
  }

  /** Writes what is new, where it is live; false where it is in the middle of that already. */
  #bringUpToDate(): boolean {
    if (!this.isLive) return true;
    if (this.#isTaking) return false;
    const { end } = this.fanOut;
    this.fanOut.bringUpToDate(this);
    // A log that answers later may have given it more by reading than by its tail.
    if (this.isLive) this.offset = Math.max(this.offset, end);
    return true;
  }

  #beginAt({ offset, forgiven, lost }: Resumption, isFirst: boolean): void {
    this.#hasPlace = true;
    this.offset = offset;
    this.#told.forgive(forgiven);
    const needsSnapshot = this.stream.initial !== undefined && (lost !== undefined || isFirst);
    if (needsSnapshot) this.#sendSnapshot(offset, lost);
    else this.#follow(lost === undefined ? this.#prime() : this.#gap({ reason: lost }, offset));
  }

  /**
   * Sends the state, after the gap where it is sent for one, and then follows what is behind it. The gap has no id: the
   * client resumes from the new place only when it has the whole snapshot.
   */
  #sendSnapshot(offset: number, lost: GapReason | undefined): void {
    this.#ready = false;
    this.offset = offset;
    if (lost !== undefined) this.#send(this.#gap({ reason: lost }));
    this.connection.release();
    const sent = sendInitial(this.stream.initial!, this.#format(offset), this.connection);
    void this.#then(sent, () => this.#follow(this.#prime()), 'stream');
  }

  #follow(first: string): void {
    this.#send(first);
    this.#ready = true;
    this.#catchUp();
  }

  /** Reads on in a later turn, as all others do. */
  #catchUpSoon(): void {
    if (this.#reading || !this.#ready) return;
    this.#reading = true;
    this.fanOut.catchingUp.add(this);
  }

  /** @param offset up to which everything has been written */
  #fallBehind(offset: number): void {
    this.offset = Math.max(this.offset, offset);
    this.isLive = false;
    this.#behind = true;
  }

  /**
   * Reads the log while the client takes what is read, until nothing is left: then the stream is live. One piece a
   * turn: a client that takes everything at once, or a filter that hides it, must not keep others waiting.
   */
  #catchUp(): void {
    if (!this.#ready || this.isLive || this.#reading || !this.connection.writable) return;
    if (this.#isRolledBack) {
      this.#isRolledBack = false;
      if (this.stream.initial !== undefined) return this.#sendSnapshot(this.offset, 'epoch');
      this.#send(this.#gap({ reason: 'epoch' }, this.offset));
    }
    const query = { keys: this.keys, after: this.offset, later: this.#later, limit: READ_LIMIT };
    const result = this.#ask(() => this.reader.read(query, this));
    this.#reading = true;
    this.#keysChanged = false;
    void this.#then(result, (read) => {
      // An answer about other topics than those that are followed by now is asked for again.
      if (!this.#keysChanged) this.#take(read);
      if (this.isLive || !this.connection.writable) this.#reading = false;
      else this.fanOut.catchingUp.add(this);
    });
  }

  #take(replay: Replay): void {
    const { records, through, end, losses } = replay;
    const loss = this.#told.take(losses, this.offset);
    if (loss !== undefined) {
      const reason = this.#behind ? 'lag' : 'evicted';
      const isEnd = this.stream.onLag === 'disconnect' && reason === 'lag';
      if (!isEnd && this.stream.initial !== undefined) return this.#sendSnapshot(end, reason);
      if (this.stream.onLag === 'latest') return this.#skipTo(end, reason);
      // A count would tell of events that a filter hides.
      const count = this.stream.filter === undefined ? loss.count : undefined;
      this.#send(this.#gap({ reason, count }, (records[0]?.offset ?? through + 1) - 1));
      if (isEnd) return this.connection.end('lag');
    }
    if (!this.#write(replay.run)) return;
    this.offset = through;
    // From here on, a loss is this client's slowness: everything was there when it began to read.
    this.#behind = true;
    this.#goLiveAt(through < end ? end : this.#takeSince(replay));
  }

  /** A log that answers later has gone on meanwhile; what is still at hand need not be read. Answers up to where that is. */
  #takeSince(replay: Replay): number {
    const { handed } = this.fanOut;
    if (replay.end >= handed || !this.connection.writable) return replay.end;
    const since = this.fanOut.sinceRead(replay, this.keys);
    if (since === undefined || (since.records.length > 0 && !this.#write(since))) return replay.end;
    this.offset = handed;
    return handed;
  }

  #skipTo(end: number, reason: GapReason): void {
    this.#send(this.#gap({ reason }, end));
    this.offset = end;
    this.#goLiveAt(end);
  }

  /** Everything that the fan-out has not handed on yet will be offered to this stream, and is behind its offset or not. */
  #goLiveAt(end: number): void {
    if (this.offset < end || end < Math.max(this.fanOut.handed, this.#readsTo)) return;
    this.isLive = true;
    this.#later = undefined;
    this.#told.forget();
  }

  /** Writes what the filter lets through of a run, from one of its records on; false when the filter has failed. */
  #write(run: Run, from = 0): boolean {
    const records = from === 0 ? run.records : run.records.slice(from);
    const visible = this.#visible(records);
    // A filter that has ended its own connection has had nothing written.
    if (visible === undefined || this.connection.isClosed) return false;
    if (visible.length === 0) return true;
    const isWhole = visible.length === records.length;
    this.connection.writeAll(isWhole ? run.pieces(from) : run.piecesOf(visible));
    const { counters } = this.fanOut;
    counters.delivered += visible.length;
    if (!this.isLive) counters.replayed += visible.length;
    return true;
  }

  #visible(records: readonly LogRecord[]): readonly LogRecord[] | undefined {
    if (this.#filter === undefined) return records;
    try {
      return applyFilter(this.#filter, records, (record) => this.fanOut.see(record));
    } catch (error) {
      this.connection.fail(error, 'filter-failed', 'filter');
      return undefined;
    }
  }

  #prime(): string {
    return positionBlock(this.#format(this.offset));
  }

  #gap(gap: Gap, resumesFrom?: number): string {
    this.fanOut.counters.gaps[gap.reason]++;
    const position = resumesFrom === undefined ? undefined : this.#format(resumesFrom);
    return gapEvent(this.fanOut.gapEvent, gap, position);
  }

  #send(text: string): void {
    this.connection.writeOrKeep(Chunk.of(text));
  }

  #format(offset: number): string {
    return formatPosition(this.reader.epoch, offset);
  }

  /** Asks the log; undefined when it has failed at once, which ends the stream. */
  #ask<T>(ask: () => T): T | undefined {
    try {
      return ask();
    } catch (error) {
      this.connection.fail(error, 'error', 'log');
      return undefined;
    }
  }

  /** Goes on with a value, now or when it is there, unless the stream is over by then. */
  #then<T>(
    value: Awaitable<T> | undefined,
    next: (value: T) => Awaitable<void>,
    origin: ErrorOrigin = 'log',
  ): Awaitable<void> {
    if (value === undefined) return undefined;
    if (!isPromiseLike(value)) return next(value);
    return value.then(
      (settled) => (this.isOver ? undefined : next(settled)),
      (error: unknown) => this.connection.fail(error, 'error', origin),
    );
  }
}
