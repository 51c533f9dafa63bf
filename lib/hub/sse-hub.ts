import { setTimeout as delay } from 'node:timers/promises';
import type { Observable } from 'rxjs';
import { Connection } from '../connection/connection.js';
import { toExchange } from '../connection/exchange.js';
import type { SseConnection } from '../connection/sse-connection.js';
import { handledRejection } from '../errors/handled-rejection.js';
import { SseError } from '../errors/sse-error.js';
import { andThen } from '../log/awaitable.js';
import { now } from '../log/clock.js';
import type { EventLog } from '../log/event-log.js';
import { memoryLog } from '../log/memory-log.js';
import { checkEpoch, formatPosition } from '../log/position.js';
import { BROADCAST_KEY, topicKey, topicKeys, topicOf, userKey, type TopicKey } from '../log/topic-key.js';
import { checkInteger, checkKeys } from '../options/check.js';
import { resolveHubOptions, type HubOptions, type ResolvedHubOptions } from '../options/hub-options.js';
import {
  resolveStreamOptions,
  STREAM_OPTION_KEYS,
  type ResolvedStreamOptions,
  type StreamOptions,
} from '../options/stream-options.js';
import { encodeFields } from '../protocol/encode.js';
import type { SseEvent } from '../protocol/event.js';
import { checkLog, checkOwnId, checkStream, someTopicKeys } from './checks.js';
import { Connections } from './connections.js';
import type { ConnectionEvent } from './connection-event.js';
import type { HubEvent } from './event-map.js';
import { FanOut } from './fan-out.js';
import { Follower } from './follower.js';
import { toInspectedStream, type HubInspection, type InspectedTopic } from './hub-inspection.js';
import { Counters, type HubStats } from './hub-stats.js';
import { HubStream, type HubStreamOptions } from './hub-stream.js';
import { LogGate } from './log-gate.js';
import { toPresence, type Presence } from './presence.js';

export interface SseHubOptions extends HubOptions {
  /**
   * Where events are kept.
   * @default memoryLog()
   */
  log?: EventLog;
}

export interface OpenOptions extends StreamOptions {
  /**
   * What the connection follows from its beginning; without it, what `connection.subscribe` names.
   * @default none
   */
  stream?: HubStream;
}

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

  readonly #options: ResolvedHubOptions;
  readonly #log: EventLog;
  readonly #counters = new Counters();
  readonly #fanOut: FanOut<Follower>;
  readonly #connections: Connections;
  readonly #followers = new WeakMap<Connection, Follower>();
  readonly #gate: LogGate;
  #closed: Promise<void> | undefined = undefined;

  /** @throws SseError `INVALID_OPTION` */
  constructor(options: SseHubOptions = {}) {
    this.#options = resolveHubOptions(options);
    this.#log = options.log === undefined ? memoryLog() : checkLog(options.log);
    this.#fanOut = new FanOut(this.#log, this.#options.gapEvent, this.#counters);
    this.#connections = new Connections(this.#options, this.#counters, {
      subscribe: (connection, topics) => this.#subscribe(connection, topics),
      unsubscribe: (connection, topics) => this.#unsubscribe(connection, topics),
    });
    this.connections$ = this.#connections.events.asObservable();
    this.#gate = new LogGate(() =>
      andThen(this.#log.open(this.#fanOut), (end) => {
        checkEpoch(this.#log.epoch);
        this.#fanOut.begin(end);
      }),
    );
  }

  /** Open streams of this node. */
  get connectionCount(): number {
    return this.#connections.count;
  }

  /** Resolves when the log is open; rejects when it cannot be. */
  get ready(): Promise<void> {
    return this.#gate.opened;
  }

  /**
   * Publishes one event to a topic or several: one event with one id, which a stream that follows several of them gets
   * once. Resolves with its id once it is in the log; everything that one node publishes is appended in call order.
   * @throws SseError (rejects with) `INVALID_TOPIC`, `ID_REUSED`, the codes of `encodeEvent`, and `HUB_CLOSED`, which
   * need not be caught
   */
  publish(topics: string | readonly string[], event: HubEvent<Events>): Promise<{ id: string }> {
    return this.#append(() => someTopicKeys(topics), event);
  }

  /**
   * Publishes one event to every hub stream of the application, whatever its route. For everyone in one room, publish
   * to a topic for that room.
   * @throws SseError (rejects with) the codes of {@link publish}
   */
  broadcast(event: HubEvent<Events>): Promise<{ id: string }> {
    return this.#append(() => [BROADCAST_KEY], event);
  }

  /**
   * Publishes one event to every stream of a user, and keeps it for when the user comes back.
   * @throws SseError (rejects with) `INVALID_USER` and the codes of {@link publish}
   */
  sendTo(user: string, event: HubEvent<Events>): Promise<{ id: string }> {
    return this.#append(() => [userKey(user)], event);
  }

  /**
   * What a handler returns to have its client follow topics, what is broadcast and, with `user`, what is sent to the
   * user. An empty array follows no topic.
   * @throws SseError `INVALID_TOPIC`, `INVALID_USER`, `INVALID_OPTION`
   */
  stream(topics: string | readonly string[], options: HubStreamOptions<Events> = {}): HubStream {
    // What the map says of the events cannot be known any more where they are read from the log.
    return new HubStream(topics, options as HubStreamOptions);
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

  /** Who follows a topic, or who has an open hub stream at all. */
  async presence(topic?: string): Promise<Presence[]> {
    const followers = this.#following(topic === undefined ? BROADCAST_KEY : topicKey(topic));
    return followers.filter((connection) => this.#connections.isOpen(connection)).map(toPresence);
  }

  /** What this node has done since the hub was made, and what it holds at present. */
  stats(): HubStats {
    return { open: this.#connections.count, lagging: this.#connections.lagging, ...this.#counters.read() };
  }

  /**
   * The open streams and the topics of this node, for a page of operators. It names users and addresses.
   * @param options `limit`: how many streams and topics are listed at the most, the oldest first; 1,000 by default
   */
  inspect({ limit = 1_000 }: { limit?: number } = {}): HubInspection {
    checkInteger('limit', limit, 0, true);
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
    this.#fanOut.onDelay = observer;
  }

  /**
   * Ends the streams of a user. Browsers come back by themselves: let a guard refuse those who shall not.
   * @param reason told to `connections$`, not to the client
   * @throws SseError (rejects with) `INVALID_USER`
   */
  async disconnect(user: string, reason?: string): Promise<void> {
    // Those too whose head is on its way: they have passed their guards already.
    for (const connection of this.#following(userKey(user))) connection.endAfterHead('disconnected', reason);
  }

  /**
   * Ends all streams, waits for their last bytes (at most `drainTimeout`), and closes the log. Called by the module
   * before the application shuts down.
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
   * @throws SseError `INVALID_SOURCE` when it is open and follows something already, `INVALID_ID`
   */
  follow(connection: Connection, stream: HubStream): void {
    this.#attach(connection, stream)?.();
  }

  /** Makes a connection's follower; answers with what has it begin. */
  #attach(connection: Connection, stream: HubStream): (() => void) | undefined {
    if (connection.isClosed) return undefined;
    const earlier = this.#followers.get(connection);
    if (earlier !== undefined && !connection.isPending) throw followsAlready();
    const follower = new Follower(connection, stream, this.#fanOut, earlier?.replace());
    connection.attachFeed(follower);
    connection.user = stream.user;
    this.#followers.set(connection, follower);
    this.#fanOut.add(follower);
    // A stream that is open already follows from now on, as further topics of it do.
    const lastEventId = connection.isPending ? connection.lastEventId : undefined;
    return () => {
      const begun = this.#gate.pass(() => follower.begin(lastEventId));
      begun.catch((error: unknown) => connection.fail(error, 'error', 'log'));
    };
  }

  // Not async: what is published first must be appended first, also where the log answers later.
  #append(keysOf: () => readonly TopicKey[], event: SseEvent): Promise<{ id: string }> {
    if (this.#closed !== undefined) return handledRejection(hubClosed());
    try {
      const keys = keysOf();
      const encoded = encodeFields(event, this.#options.serialize);
      checkOwnId(encoded.id);
      const toAnswer = (offset: number) => {
        this.#counters.published++;
        return { id: encoded.id ?? formatPosition(this.#log.epoch, offset) };
      };
      const entry = { keys, ...encoded, time: now() };
      return this.#gate.pass(() => andThen(this.#log.append(entry), toAnswer));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #following(key: TopicKey): Connection[] {
    return Array.from(this.#fanOut.followersOf(key), ({ connection }) => connection);
  }

  #subscribe(connection: Connection, topics: string | readonly string[]): void {
    const keys = topicKeys(topics);
    const follower = this.#followers.get(connection);
    if (follower !== undefined) {
      if (!connection.isClosed) follower.follow(keys);
      return;
    }
    const begin = this.#attach(connection, this.stream(topics));
    // The handler may still return a hub stream, which then begins in its place.
    if (begin !== undefined && connection.isPending) setImmediate(begin);
    else begin?.();
  }

  #unsubscribe(connection: Connection, topics: string | readonly string[]): void {
    this.#followers.get(connection)?.unfollow(topicKeys(topics));
  }

  #drainTimeout(): Promise<void> {
    return delay(this.#options.drainTimeout, undefined, { ref: false });
  }

  async #close(): Promise<void> {
    // Whoever is told of an end in what follows must find the hub closed already.
    await Promise.resolve();
    this.#fanOut.deliver();
    await this.#connections.close();
    // A log that is still opening would be open again after its close.
    await Promise.race([this.#gate.opened.catch(() => undefined), this.#drainTimeout()]);
    await this.#log.close();
  }
}

function followsAlready(): SseError {
  return new SseError(
    'INVALID_SOURCE',
    'the handler returned hub.stream(...) for a stream that is open and follows topics already; return it before anything is sent, or only subscribe',
  );
}

function hubClosed(): SseError {
  return new SseError('HUB_CLOSED', 'the hub is closed; nothing can be published any more');
}
