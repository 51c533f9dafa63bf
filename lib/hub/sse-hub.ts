import type { Observable } from 'rxjs';
import { andThen } from '../async/awaitable.js';
import { wait } from '../async/wait.js';
import { Connection } from '../connection/connection.js';
import { toExchange } from '../connection/exchange.js';
import type { SseConnection } from '../connection/sse-connection.js';
import { SseError } from '../errors/sse-error.js';
import type { EventLog } from '../log/event-log.js';
import { checkEpoch } from '../log/position.js';
import { BROADCAST_KEY, topicOf, userKey, type TopicKey } from '../log/topic-key.js';
import { checkKeys } from '../options/check.js';
import type { ResolvedHubOptions } from '../options/hub-options.js';
import {
  resolveStreamOptions,
  STREAM_OPTION_KEYS,
  type ResolvedStreamOptions,
  type StreamOptions,
} from '../options/stream-options.js';
import { checkStream } from './checks.js';
import { Connections } from './connections.js';
import type { ConnectionEvent } from './connection-event.js';
import type { HubEvent } from './event-map.js';
import { FanOut } from './fan-out.js';
import type { Follower } from './follower.js';
import { Following } from './following.js';
import {
  resolveInspectLimit,
  toInspectedStream,
  type HubInspection,
  type InspectedTopic,
  type InspectOptions,
} from './hub-inspection.js';
import { Counters, type HubStats } from './hub-stats.js';
import { HubStream, type HubStreamOptions } from './hub-stream.js';
import { LogGate } from './log-gate.js';
import { LogReader } from './log-reader.js';
import { NodeMessages } from './node-messages.js';
import { Names } from './names.js';
import { PresenceBook, type Presence, type PresenceChange } from './presence.js';
import { resolveSseHubOptions, type SseHubOptions } from './sse-hub-options.js';
import { Publisher, type PublishOptions } from './publisher.js';

export interface OpenOptions extends StreamOptions {
  /**
   * What the connection follows from its beginning; without it, what `connection.subscribe` names.
   * @default none
   */
  stream?: HubStream;
}

// Milliseconds that a log has to close, where the streams have less.
const LEAST_PATIENCE_MS = 1_000;

/**
 * An ordered event log with open responses following it. Publish from anywhere; return `hub.stream(...)` from a
 * handler to have its client follow topics.
 *
 * `Events` types what is published: `SseHub<{ price: { symbol: string; value: number } }>`.
 */
// eslint-disable-next-line typescript/no-explicit-any -- the default of a type parameter that users may leave out
export class SseHub<Events = any> {
  /**
   * Streams that have been opened and that have ended, with the reason. What an observer throws is an uncaught
   * exception, as with every Observable.
   */
  readonly connections$: Observable<ConnectionEvent>;

  /**
   * Emits once, when the hub begins to drain, also for those who subscribe later: the open streams end within
   * `drainWindow`. A source that wants to say goodbye can do it now. What an observer throws is an uncaught exception.
   */
  readonly drain$: Observable<void>;

  readonly #options: ResolvedHubOptions;
  readonly #log: EventLog;
  readonly #counters = new Counters();
  readonly #fanOut: FanOut<Follower>;
  readonly #connections: Connections;
  readonly #gate: LogGate;
  readonly #names: Names;
  readonly #publisher: Publisher;
  readonly #following: Following;
  readonly #presence: PresenceBook;
  readonly #nodes: NodeMessages;
  #closed: Promise<void> | undefined = undefined;

  /** @throws SseError `INVALID_OPTION` */
  constructor(options: SseHubOptions = {}) {
    const { log, authorize, ...resolved } = resolveSseHubOptions(options);
    const { limits, gapEvent, flushIntervals } = resolved;
    this.#options = resolved;
    this.#log = log;
    this.#names = new Names(limits);
    this.#connections = new Connections(this.#options, this.#counters, {
      subscribe: (connection, topics) => this.#following.subscribe(connection, topics),
      unsubscribe: (connection, topics) => this.#following.unsubscribe(connection, topics),
    });
    this.#nodes = new NodeMessages(
      log,
      ({ disconnect, reason }) => this.#endStreamsOf(disconnect, reason),
      (error) => this.#connections.onError(error, 'log'),
    );
    this.#fanOut = new FanOut({
      turn: this.#connections.turn,
      reader: new LogReader(this.#log, limits),
      log,
      nodes: this.#nodes,
      onFollowing: ({ connection }, key, isFollowing) => this.#presence.changed(connection, key, isFollowing),
      gapEvent,
      counters: this.#counters,
      flushIntervalOf: (key) => flushIntervals.of(topicOf(key)),
    });
    this.connections$ = this.#connections.events.asObservable();
    this.drain$ = this.#connections.drain.asObservable();
    this.#gate = new LogGate(() =>
      andThen(this.#log.open(this.#fanOut), (end) => {
        checkEpoch(this.#log.epoch);
        this.#fanOut.begin(end);
      }),
    );
    this.#publisher = new Publisher(this.#log, this.#gate, this.#names, this.#options, this.#counters);
    this.#following = new Following(this.#fanOut, this.#gate, this.#connections, this.#names, authorize);
    this.#presence = new PresenceBook(
      {
        isOpen: (connection) => this.#connections.isOpen(connection),
        followersOf: (key) => this.#following.of(key).filter((each) => this.#connections.isOpen(each)),
        keysOf: (connection) => this.#following.keysOf(connection),
      },
      log.presence,
    );
    this.#connections.events.subscribe(({ type, connection }) => {
      if (type === 'connect') this.#presence.opened(connection as Connection);
      else this.#presence.closed(connection as Connection);
    });
  }

  /** Open streams of this node. */
  get connectionCount(): number {
    return this.#connections.count;
  }

  /** Whether the hub is shutting down, or has: streams that come are refused. */
  get isDraining(): boolean {
    return this.#connections.isDraining;
  }

  /** Resolves when the log is open; rejects when it cannot be. */
  get ready(): Promise<void> {
    return this.#gate.opened;
  }

  /**
   * Publishes one event to a topic or several: one event with one id, which a stream that follows several of them gets
   * once. Resolves with its id once it is in the log; everything that one node publishes is appended in call order.
   * @throws SseError (rejects with) `INVALID_TOPIC`, `TOO_MANY_TOPICS`, `EVENT_TOO_LARGE`, `INVALID_ID`, `ID_REUSED`,
   * `INVALID_OPTION`, the codes of `encodeEvent`, `LOG_UNAVAILABLE` and `OUTCOME_UNKNOWN` where the log can fail, and
   * `HUB_CLOSED`, which need not be caught
   */
  publish(
    topics: string | readonly string[],
    event: HubEvent<Events>,
    options?: PublishOptions,
  ): Promise<{ id: string }> {
    return this.#publisher.publish(topics, event, options);
  }

  /**
   * Publishes one event to every hub stream of the application, whatever its route. For everyone in one room, publish
   * to a topic for that room.
   * @throws SseError (rejects with) the codes of {@link publish}
   */
  broadcast(event: HubEvent<Events>, options?: PublishOptions): Promise<{ id: string }> {
    return this.#publisher.broadcast(event, options);
  }

  /**
   * Publishes one event to every stream of a user, and keeps it for when the user comes back.
   * @throws SseError (rejects with) `INVALID_USER` and the codes of {@link publish}
   */
  sendTo(user: string, event: HubEvent<Events>, options?: PublishOptions): Promise<{ id: string }> {
    return this.#publisher.sendTo(user, event, options);
  }

  /**
   * What a handler returns to have its client follow topics, what is broadcast and, with `user`, what is sent to the
   * user. An empty array follows no topic.
   * @throws SseError `INVALID_TOPIC`, `TOO_MANY_TOPICS`, `INVALID_USER`, `INVALID_OPTION`
   */
  stream(topics: string | readonly string[], options: HubStreamOptions<Events> = {}): HubStream {
    // What the map says of the events cannot be known any more where they are read from the log.
    return new HubStream(topics, options as HubStreamOptions, this.#names);
  }

  /**
   * Opens a stream without the decorator, in a plain handler or a middleware: takes the request and the response of
   * node:http, node:http2, Express or Fastify, and sends the head. There being no filter to answer with an HTTP error,
   * what fails is told by an `error` event and the end.
   * @throws SseError `INVALID_OPTION`
   */
  open(request: object, response: object, options: OpenOptions = {}): SseConnection {
    const { stream, ...streamOptions } = options;
    checkKeys('hub.open', streamOptions, STREAM_OPTION_KEYS);
    if (stream !== undefined) checkStream(stream);
    const connection = this.prepare(request, response, this.resolve(streamOptions));
    connection.answerAlone();
    if (stream !== undefined) this.follow(connection, stream);
    // A log that answers later has not yet said where the stream begins; the head is sent when it has.
    if (stream === undefined || connection.isOpenScheduled) connection.open();
    return connection;
  }

  /**
   * Who follows a topic, or who has an open hub stream at all; on all nodes where the log is shared.
   * @throws SseError (rejects with) `INVALID_TOPIC`, `LOG_UNAVAILABLE`
   */
  async presence(topic?: string): Promise<Presence[]> {
    return this.#presence.of(this.#presenceKey(topic));
  }

  /**
   * Those who follow a topic, or who have an open hub stream at all, and from then on who comes and who goes; on all nodes
   * where the log is shared. There a change may be told twice, with the same `id`, and is told late while the log is away.
   * Completes when the hub is closed.
   * What an observer throws is an uncaught exception.
   * @throws SseError `INVALID_TOPIC`
   */
  presenceChanges(topic?: string): Observable<PresenceChange> {
    return this.#presence.changes(this.#presenceKey(topic));
  }

  /** What this node has done since the hub was made, and what it holds at present. */
  stats(): HubStats {
    return { open: this.#connections.count, lagging: this.#connections.lagging, ...this.#counters.read() };
  }

  /**
   * The open streams and the topics of this node, for a page of operators. It names users and addresses.
   * @throws SseError `INVALID_OPTION`
   */
  inspect(options: InspectOptions = {}): HubInspection {
    const limit = resolveInspectLimit(options);
    const topics: InspectedTopic[] = [];
    let count = 0;
    for (const [key, { followers, published }] of this.#fanOut.feeds) {
      const topic = topicOf(key);
      if (topic === undefined || ++count > limit) continue;
      topics.push({ topic, streams: followers.size, published });
    }
    const streams = this.#connections.first(limit).map(toInspectedStream);
    return { total: { streams: this.#connections.count, topics: count }, streams, topics };
  }

  /**
   * @internal Has somebody told for each event that goes to streams of this node how many seconds have passed since it
   * was published.
   */
  observeDelay(observer: ((seconds: number) => void) | undefined): void {
    if (observer === undefined) {
      this.#fanOut.onDelay = undefined;
      return;
    }
    // A meter that fails must not stop what is on its way to others.
    this.#fanOut.onDelay = (seconds) => {
      try {
        observer(seconds);
      } catch (error) {
        this.#connections.onError(error, 'stream');
      }
    };
  }

  /**
   * Ends the streams of a user, on all nodes where the log is shared. Browsers come back by themselves: let a guard refuse
   * those who shall not.
   * @param reason told to `connections$`, not to the client
   * @throws SseError (rejects with) `INVALID_USER`; where other nodes could not be told, `LOG_UNAVAILABLE` and
   * `OUTCOME_UNKNOWN`
   */
  async disconnect(user: string, reason?: string): Promise<void> {
    this.#names.userKey(user);
    this.#endStreamsOf(user, reason);
    if (this.#log.supports.distributed)
      await this.#gate.passInTime(() => this.#nodes.send({ disconnect: user, reason }));
  }

  /**
   * Shuts down: refuses new streams, ends the open ones, spread over `drainWindow`, waits for their last bytes (at most
   * `drainTimeout` from the beginning), and closes the log, which has as long again. Until they have ended, events can be
   * published. Called by the module before the application shuts down.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** @internal The options of one stream, on top of the hub's. */
  resolve(options: StreamOptions): ResolvedStreamOptions {
    return resolveStreamOptions(options, this.#options.stream);
  }

  /** @internal A connection whose head has not been sent. */
  prepare(request: object, response: object, options: ResolvedStreamOptions): Connection {
    return new Connection(this.#connections, toExchange(request, response), options);
  }

  /**
   * @internal Has a connection follow what the stream names, and what it has subscribed to before its head was sent.
   * @throws SseError `INVALID_SOURCE` when it is open and follows something already, `INVALID_ID`, `TOO_MANY_TOPICS`
   */
  follow(connection: Connection, stream: HubStream): void {
    this.#following.begin(connection, stream);
  }

  #presenceKey(topic: string | undefined): TopicKey {
    return topic === undefined ? BROADCAST_KEY : this.#names.topicKey(topic);
  }

  #endStreamsOf(user: string, reason: string | undefined): void {
    // Those too whose head is on its way: they have passed their guards already.
    for (const connection of this.#following.of(userKey(user)))
      connection.endAfterHead({ reason: 'disconnected', detail: reason });
  }

  async #close(): Promise<void> {
    // Whoever is told of an end in what follows must find the hub closing already.
    await Promise.resolve();
    await this.#connections.close();
    this.#presence.close();
    this.#publisher.close();
    const over = new AbortController();
    const patience = wait(Math.max(this.#options.drainTimeout, LEAST_PATIENCE_MS), over.signal);
    try {
      await this.#closeLog(patience.then(() => 'late'));
    } finally {
      over.abort();
    }
  }

  async #closeLog(patience: Promise<'late'>): Promise<void> {
    const closed = Promise.resolve(this.#log.close());
    if ((await Promise.race([closed, patience])) !== 'late') return;
    closed.catch(() => undefined);
    this.#connections.onError(new SseError('HUB_CLOSED', 'the log has not closed in time'), 'log');
  }
}
