import type { DataKind } from '../protocol/serialize.js';
import type { Awaitable } from '../async/awaitable.js';
import type { SharedPresence } from './shared-presence.js';
import type { TopicKey } from './topic-key.js';

/** One event as it is appended. */
export interface LogEntry {
  /** The topics it is published to: at least one, each once, all private or none. */
  readonly keys: readonly TopicKey[];
  /** The application's own id, where it gave one; then it is the event's id instead of the position. */
  readonly id?: string | undefined;
  /** The block's lines but for `id:`, with the blank line at the end. */
  readonly body: string;
  /** How to turn the text of the `data:` lines back into data. */
  readonly kind: DataKind;
  /** When it was published, in milliseconds since 1970, fractions included; kept as it is. */
  readonly time: number;
}

/** One event as the log holds it. Immutable: it is shared by everyone who reads it. */
export interface LogRecord extends LogEntry {
  /** Rises from record to record, not necessarily by one, and is never used twice within an epoch. */
  readonly offset: number;
}

/** Where to read, and how much at the most. */
export interface ReadQuery {
  readonly keys: Iterable<TopicKey>;
  /** Records behind this offset. */
  readonly after: number;
  /**
   * Topics that begin later than `after`, with the offset behind which they begin. It counts only while it is above
   * `after`: a reader that has come past it reads on from `after`.
   */
  readonly later?: ReadonlyMap<TopicKey, number> | undefined;
  /** Characters of `body` after which the answer ends; at least one record is given where there is one. */
  readonly limit: number;
}

export interface ReadResult {
  /** In the order of the log, each once, whatever number of the asked topics it was published to. */
  readonly records: readonly LogRecord[];
  /** Everything retained up to here has been given. Smaller than `end` where the limit was reached. */
  readonly through: number;
  /** The log's end when this was read. */
  readonly end: number;
  /** What was asked for and is gone: an entry for each topic that has lost something behind where it begins. */
  readonly losses: readonly Loss[];
}

/** Records of one asked topic that retention took away. A false alarm is allowed, silence never. */
export interface Loss {
  readonly key: TopicKey;
  /** The highest offset that may have been lost; behind it the topic has everything, up to it nothing. */
  readonly upTo: number;
  /** How many were lost, where that is known exactly; not where another topic may still keep one of them. */
  readonly count: number | undefined;
}

/** Where a stream begins: the oldest retained record, before the last `last` ones, or behind an application's own id. */
export type LogStart = 'earliest' | { readonly last: number } | { readonly id: string };

export interface Located {
  /** Read after this offset. */
  readonly after: number;
  /** Of the topics that have lost something: losses up to this offset are nothing that this stream should have had. */
  readonly forgiven: ReadonlyMap<TopicKey, number>;
  /** Why the place may be wrong: the id is not known, or its first event may be gone. */
  readonly lost: 'unknown-id' | 'evicted' | undefined;
}

/** Who follows the log: told of every committed record of the topics that somebody follows, in order, each once. */
export interface LogTail {
  /** Called for every record, after it is committed; must not throw. */
  committed(record: LogRecord): void;
  /**
   * Called where records up to this offset are not told: they are of topics that nobody follows, or of these, and whoever
   * follows them has to read. Must not throw.
   */
  skipped?(offset: number, keys: Iterable<TopicKey>): void;
  /**
   * Called when the log has lost what it had committed, and goes on with another {@link EventLog.epoch}: what is left
   * lies up to this offset, what is new is behind it. Must not throw.
   */
  rolledBack?(offset: number): void;
}

/** What a log promises, told to users and to the conformance suite alike. */
export interface LogSupports {
  /** Whether acknowledged events survive the process. */
  readonly durable: boolean;
  /** Whether several nodes can share it. */
  readonly distributed: boolean;
}

/**
 * The port to where events are kept. A log gives its records one order, and everything that streams are fed from
 * comes back out of it: committed, in order, by the tail or by reading.
 *
 * Duties of an implementation:
 * - One log object has one tail, that of one hub: `open` rejects with `INVALID_OPTION` while it is open.
 * - Order: appends of one log object are committed in the order of the calls. Offsets rise, and `committed` is called
 *   in their order, each record once, before or after the append's answer.
 * - An append that is refused leaves nothing behind and is told by its rejection.
 * - `read` is complete: every retained record of the asked topics in (after, through] is in it, also when events are
 *   appended meanwhile; what was lost behind `after` is told, of each topic by itself.
 * - The keys and `later` are taken at the call: the caller may change its set and map before the answer.
 * - What is forgotten about a topic folds into one floor of the log: reading below it is told as a loss.
 * - An application's own id may be shared by directly consecutive events of a topic; reuse after another event is
 *   refused with `ID_REUSED` as far as the log remembers.
 * - With an idempotency key that an append had within the log's window, nothing is appended: the answer is that of the
 *   earlier one, also while that is under way. The key of an append that was refused is free again.
 * - An append that fails for the log's own sake rejects with `LOG_UNAVAILABLE`, and has left nothing behind; or with
 *   `OUTCOME_UNKNOWN` where it may be in the log or come into it yet. Either way those that follow are in order.
 * - Before it is open and after `close`, `append` rejects with `HUB_CLOSED`. `close` settles what is under way; when it
 *   has answered, the tail is not called any more.
 */
export interface EventLog {
  readonly supports: LogSupports;
  /** Names this uninterrupted history; eight characters of 0-9 and a-z. Known when the log is open. */
  readonly epoch: string;
  /** Opens the log; called before everything else. Answers with its end, as {@link end} does. */
  open(tail: LogTail): Awaitable<number>;
  /**
   * Appends one event and answers with its offset.
   * @param idempotencyKey what is the same in all attempts to append it
   */
  append(entry: LogEntry, idempotencyKey?: string): Awaitable<number>;
  /** The offset of the last committed record, 0 in an empty log. */
  end(): Awaitable<number>;
  read(query: ReadQuery): Awaitable<ReadResult>;
  locate(keys: Iterable<TopicKey>, start: LogStart): Awaitable<Located>;
  /**
   * Has the tail told of a topic from now on; a log without this and {@link unfollow} tells it of all. Also called before
   * the log is open.
   */
  follow?(key: TopicKey): void;
  /** Has the tail not told of a topic any more. */
  unfollow?(key: TopicKey): void;
  /**
   * Up to which offset this history is that of an earlier epoch too, which a rollback has ended; undefined where the
   * log does not know of it.
   */
  sharedWith?(epoch: string): number | undefined;
  /**
   * Makes sure that a position of this epoch was given in this history; where it was not, something was lost that nobody
   * has noticed, and the log has another epoch when this has answered. A log that cannot lose anything has none.
   */
  verify?(offset: number): Awaitable<void>;
  /** Of a distributed log: whose streams follow what, on all nodes. */
  readonly presence?: SharedPresence;
  /** Whether events can be appended now: rejects, with the reason, when not. A log that always can has none. */
  health?(): Awaitable<void>;
  close(): Awaitable<void>;
}
