import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection } from '../connection/connection.js';
import { handledRejection } from '../async/handled-rejection.js';
import { SseError } from '../errors/sse-error.js';
import { andThen, isPromiseLike, type Awaitable } from '../async/awaitable.js';
import { isPublic, type TopicKey } from '../log/topic-key.js';
import { authorizeAll, type Authorize } from './authorization.js';
import type { Connections } from './connections.js';
import type { FanOut } from './fan-out.js';
import { Follower } from './follower.js';
import { HubStream } from './hub-stream.js';
import type { LogGate } from './log-gate.js';
import type { Names } from './names.js';

const DONE = Promise.resolve();

/** Has connections follow topics, where they may: those of a hub stream, and those that they subscribe to. */
export class Following {
  readonly #followers = new WeakMap<Connection, Follower>();
  /** Topics that it is still asked about whether they may be followed, question by question. */
  readonly #asked = new WeakMap<Connection, Set<Set<TopicKey>>>();

  constructor(
    private readonly fanOut: FanOut<Follower>,
    private readonly gate: LogGate,
    private readonly connections: Connections,
    private readonly names: Names,
    private readonly authorize: Authorize | undefined,
  ) {}

  /** The connections that follow a topic. */
  of(key: TopicKey): Connection[] {
    return Array.from(this.fanOut.followersOf(key), ({ connection }) => connection);
  }

  /** What a connection follows. */
  keysOf(connection: Connection): Iterable<TopicKey> {
    return this.#followers.get(connection)?.keys ?? [];
  }

  /**
   * Has a connection follow what the stream names, and what it has subscribed to before its head was sent.
   * @throws SseError `INVALID_SOURCE` when it is open and follows something already, `INVALID_ID`, `TOO_MANY_TOPICS`
   */
  begin(connection: Connection, stream: HubStream): void {
    const more = this.#followers.get(connection)?.keys ?? [];
    const keys = new Set([...stream.keys, ...more]);
    const follower = this.#attach(connection, stream);
    if (follower === undefined) return;
    const permission = this.#permit(connection, keys, stream.authorize);
    const begun = andThen(permission, () => this.#begin(follower, keys));
    if (isPromiseLike(begun)) begun.catch((error: unknown) => connection.fail(error));
  }

  /**
   * Has a connection follow further topics.
   * @throws SseError `INVALID_TOPIC`, `TOO_MANY_TOPICS`, `INVALID_ID`; (rejects with) `FORBIDDEN`, and what `authorize`
   * throws, which need not be caught
   */
  subscribe(connection: Connection, topics: string | readonly string[]): Promise<void> {
    const keys = this.names.topicKeys(topics);
    if (connection.isEnding) return DONE;
    const done = Promise.resolve(this.#add(connection, keys));
    done.catch(() => undefined);
    return done;
  }

  unsubscribe(connection: Connection, topics: string | readonly string[]): void {
    const keys = this.names.topicKeys(topics);
    this.#followers.get(connection)?.unfollow(keys);
    for (const asked of this.#asked.get(connection) ?? []) for (const key of keys) asked.delete(key);
  }

  /** Makes a connection's follower, in place of an earlier one; none where the connection is given no stream. */
  #attach(connection: Connection, stream: HubStream): Follower | undefined {
    if (connection.isEnding) return undefined;
    const earlier = this.#followers.get(connection);
    if (earlier !== undefined && !connection.isPending) throw followsAlready();
    const { user, expiresAt = Infinity } = stream;
    if (expiresAt <= Date.now()) {
      connection.endAfterHead({ reason: 'expired' });
      return undefined;
    }
    if (user !== undefined && !this.connections.admitAs(connection, user)) return undefined;
    const follower = new Follower(connection, stream, this.fanOut);
    connection.attachFeed(follower);
    earlier?.replace();
    connection.user = user;
    if (expiresAt < Infinity) connection.expireAt(expiresAt);
    this.#followers.set(connection, follower);
    // Public topics only when it is known that it may follow them; what is the user's own is the user's.
    this.fanOut.add(
      follower,
      stream.keys.filter((key) => !isPublic(key)),
    );
    return follower;
  }

  /** Answers when the place is known from which it follows. */
  #begin(follower: Follower, keys: Iterable<TopicKey>): Awaitable<void> {
    if (follower.isOver) return undefined;
    this.fanOut.add(follower, this.#notFollowed(keys, follower));
    const begun = this.gate.pass(() => follower.begin());
    begun.catch((error: unknown) => follower.connection.fail(error, 'error', 'log'));
    return begun;
  }

  /** Those of the topics that are not followed yet. */
  #notFollowed(keys: Iterable<TopicKey>, follower: Follower | undefined): TopicKey[] {
    const added = [...keys].filter((key) => follower?.keys.has(key) !== true);
    this.names.checkCount((follower?.topics.length ?? 0) + added.filter(isPublic).length);
    return added;
  }

  #add(connection: Connection, keys: Iterable<TopicKey>): Awaitable<void> {
    const before = this.#followers.get(connection);
    const asked = new Set(this.#notFollowed(keys, before));
    return andThen(this.#permit(connection, asked, before?.stream.authorize), () => {
      if (connection.isEnding) return undefined;
      const follower = this.#followers.get(connection);
      // Meanwhile the handler has returned a hub stream, which may have something to say too.
      if (follower?.stream.authorize !== before?.stream.authorize) return this.#add(connection, asked);
      // And others may have been added.
      const added = this.#notFollowed(asked, follower);
      return follower === undefined ? this.#beginWith(connection, added) : follower.follow(added);
    });
  }

  /**
   * A stream of what a handler subscribes to; until its head is sent, the handler may return a hub stream in its place.
   * The head waits until the place is known: whatever is published once a client has seen it is behind that.
   */
  #beginWith(connection: Connection, keys: readonly TopicKey[]): Awaitable<void> {
    const follower = this.#attach(connection, new HubStream([], {}, this.names));
    if (follower === undefined) return undefined;
    this.fanOut.add(follower, keys);
    if (!connection.isPending) return this.#begin(follower, []);
    connection.hold();
    return nextTurn()
      .then(() => this.#begin(follower, []))
      .finally(() => connection.letGo());
  }

  /**
   * Asks whether a connection may follow the topics, of which it may take some back meanwhile. Until that is known its
   * head is not sent; where it may not, a request whose head has not been sent is answered with that.
   */
  #permit(connection: Connection, keys: Set<TopicKey>, own: Authorize | undefined): Awaitable<void> {
    const permission = this.#ask(connection, keys, own);
    if (!isPromiseLike(permission)) return undefined;
    const asked = this.#asked.get(connection) ?? new Set();
    this.#asked.set(connection, asked.add(keys));
    connection.hold();
    return permission
      .catch((error: unknown) => {
        if (connection.isPending) connection.fail(error);
        throw error;
      })
      .finally(() => {
        asked.delete(keys);
        connection.letGo();
      });
  }

  // What is refused at once is no different from what is refused later.
  #ask(connection: Connection, keys: Iterable<TopicKey>, own: Authorize | undefined): Awaitable<void> {
    try {
      return authorizeAll(keys, connection, [this.authorize, own]);
    } catch (error) {
      return handledRejection(error);
    }
  }
}

function followsAlready(): SseError {
  return new SseError(
    'INVALID_SOURCE',
    'the handler returned hub.stream(...) for a stream that is open and follows topics already; return it before anything is sent, or only subscribe',
  );
}
