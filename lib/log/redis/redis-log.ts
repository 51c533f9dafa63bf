import type { Awaitable } from '../../async/awaitable.js';
import { SseError } from '../../errors/sse-error.js';
import type { EventLog, Located, LogEntry, LogStart, LogTail, ReadQuery, ReadResult } from '../event-log.js';
import { logClosed, logTaken } from '../log-errors.js';
import { newEpoch } from '../position.js';
import type { SharedPresence } from '../shared-presence.js';
import type { TopicKey } from '../topic-key.js';
import { AppendQueue, limit, type AppendAnswer } from './append-queue.js';
import { isPassing, toErrorReply } from './error-reply.js';
import { Channels } from './channels.js';
import { RedisCommands, unavailable } from './redis-commands.js';
import { RedisKeys } from './redis-keys.js';
import { RedisLine } from './redis-line.js';
import { RedisPresence } from './redis-presence.js';
import type { RedisLink } from './redis-link.js';
import {
  resolveRedisLogOptions,
  type RedisLogOptions,
  type ResolvedRedisLogOptions,
} from './redis-log-options.js';
import { locateValues, readValues, toLocated, toReadResult } from './redis-reading.js';
import { serversAt, serversOf } from './redis-servers.js';
import { RedisTail } from './redis-tail.js';
import { RedisWatch } from './redis-watch.js';

// Looks at the log's end that may fail before the log is unavailable.
const LOOKS = 3;

// Milliseconds that a server has at the least to answer on a new connection, however long a publish may take.
const LEAST_PATIENCE_MS = 1_000;

// Milliseconds for which the hub's keys are kept when nobody comes any more, beyond twice the age of its events.
const KEPT_MS = 7 * 24 * 3_600_000;

/** Who waits for the log to be open. */
interface Opening {
  readonly tail: LogTail;
  readonly resolve: (end: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A log that nodes share: history in Redis 7, Valkey or a Redis Cluster. It survives restarts of the nodes, and is the
 * same on all of them. Each node has two connections, one for commands and one that listens.
 * @throws SseError `INVALID_OPTION`
 */
export function redisLog(options: RedisLogOptions): RedisLog {
  return new RedisLog(resolveRedisLogOptions(options));
}

export class RedisLog implements EventLog {
  readonly supports = { durable: true, distributed: true } as const;
  readonly presence: SharedPresence;
  readonly #options: ResolvedRedisLogOptions;
  readonly #keys: RedisKeys;
  readonly #commands: RedisCommands;
  /** Listens to what is appended. */
  readonly #line: RedisLine;
  readonly #channels = new Channels();
  readonly #followed = new Set<TopicKey>();
  readonly #tail: RedisTail;
  readonly #presence: RedisPresence;
  readonly #queue: AppendQueue;
  readonly #watch: RedisWatch;
  #state: 'new' | 'opening' | 'open' | 'closed' = 'new';
  #opening: Opening | undefined = undefined;
  /** The highest offset that an append was answered with. */
  #acknowledged = 0;
  #sweeping: Promise<void> | undefined = undefined;

  constructor(options: ResolvedRedisLogOptions) {
    const { source, prefix, policy, publishTimeout, checkInterval, presenceTimeout } = options;
    this.#options = options;
    this.#keys = new RedisKeys(prefix);
    const servers = source.kind === 'urls' ? serversAt(source.urls) : serversOf(source);
    const user = {
      onUp: (link: RedisLink) => this.#onUp(link),
      onReady: () => this.#onReady(),
      onDown: () => undefined,
      onRefused: (error: unknown) => this.#onRefused(error),
    };
    const patience = Math.max(LEAST_PATIENCE_MS, publishTimeout);
    this.#commands = new RedisCommands(servers, user, publishTimeout, patience);
    this.#channels.add(this.#keys.tail);
    this.#line = new RedisLine(
      servers,
      {
        onUp: (link) => this.#listen(link),
        onDown: () => this.#channels.stop(),
        onMessage: (channel, message) => this.#onMessage(channel, message),
      },
      patience,
    );
    this.#presence = new RedisPresence(this.#commands, this.#keys, this.#channels, presenceTimeout);
    this.presence = this.#presence;
    const keep = limit(KEPT_MS + 2 * policy.longestAge);
    this.#tail = new RedisTail(
      (values) => this.#commands.try('tail', this.#keys.fixed, values),
      this.#followed,
      keep,
    );
    this.#queue = new AppendQueue(this.#commands, this.#keys, policy, this.#tail, publishTimeout, (answer) =>
      this.#onAppended(answer),
    );
    this.#watch = new RedisWatch(this.#watched(), checkInterval);
  }

  get epoch(): string {
    return this.#tail.epoch;
  }

  /**
   * Opens the log as soon as the server is there, however long that takes.
   * @throws SseError (rejects with) `INVALID_OPTION` where it is open, or the client cannot be used; `LOG_UNAVAILABLE`
   * where the server refuses to serve; `HUB_CLOSED` where it is closed meanwhile
   */
  async open(tail: LogTail): Promise<number> {
    if (this.#state === 'closed') throw logClosed();
    if (this.#state !== 'new') throw logTaken('redisLog');
    this.#state = 'opening';
    const end = new Promise<number>((resolve, reject) => (this.#opening = { tail, resolve, reject }));
    this.#commands.start();
    return end;
  }

  append(entry: LogEntry, idempotencyKey?: string): Promise<number> {
    if (this.#state !== 'open') return Promise.reject(logClosed());
    const offset = this.#queue.append(entry, idempotencyKey);
    return offset.then((given) => {
      this.#acknowledged = Math.max(this.#acknowledged, given);
      return given;
    });
  }

  /** While the server is away, the end as far as this node has seen it. */
  async end(): Promise<number> {
    if (this.#state === 'closed') throw logClosed();
    const end = await this.#tail.check().catch(() => this.#tail.offset);
    return Math.max(end, this.#acknowledged);
  }

  /** While the server is away, waits for it. */
  async read(query: ReadQuery): Promise<ReadResult> {
    const keys = [...query.keys];
    const reply = await this.#ask('read', keys, readValues(query, keys));
    return toReadResult(reply, keys, query.limit);
  }

  /** While the server is away, waits for it. */
  async locate(asked: Iterable<TopicKey>, start: LogStart): Promise<Located> {
    const keys = [...asked];
    return toLocated(await this.#ask('locate', keys, locateValues(start, keys)), keys, start);
  }

  follow(key: TopicKey): void {
    this.#followed.add(key);
    this.#channels.add(this.#keys.channel(key));
  }

  unfollow(key: TopicKey): void {
    this.#followed.delete(key);
    this.#channels.delete(this.#keys.channel(key));
  }

  sharedWith(epoch: string): number | undefined {
    return this.#tail.sharedWith(epoch);
  }

  /** While the server is away, waits for it, unless the node has seen the position itself. */
  verify(offset: number): Awaitable<void> {
    return this.#tail.hasSeen(offset) ? undefined : this.#verify(offset);
  }

  /** @throws SseError (rejects with) `LOG_UNAVAILABLE` */
  async health(): Promise<void> {
    const { link } = this.#commands;
    if (link === undefined || performance.now() - this.#watch.looked > this.#longestSilence)
      throw new SseError('LOG_UNAVAILABLE', 'Redis does not answer');
    if (this.#queue.refusal === undefined) return;
    // What was refused last may be taken by now.
    try {
      await link.send(['SET', this.#keys.probe, '1', 'PX', '1000']);
      this.#queue.refusal = undefined;
    } catch (error) {
      throw unavailable(error);
    }
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#state = 'closed';
    this.#opening = undefined;
    opening?.reject(logClosed());
    this.#watch.stop();
    await Promise.all([this.#queue.close(), this.#presence.close()]);
    this.#tail.close();
    this.#channels.stop();
    await Promise.all([this.#commands.close(), this.#line.close()]);
  }

  async #verify(offset: number): Promise<void> {
    const answer = await this.#commands.ask('verify', this.#keys.fixed, [
      this.epoch,
      String(offset),
      newEpoch(),
    ]);
    if ((answer as [epoch: string])[0] !== this.epoch) await this.#tail.check();
  }

  get #longestSilence(): number {
    return LOOKS * this.#options.checkInterval + this.#options.publishTimeout;
  }

  #watched(): ConstructorParameters<typeof RedisWatch>[0] {
    const line = this.#line;
    return {
      tail: this.#tail,
      get isListening() {
        return line.link !== undefined;
      },
      listenAnew: () => line.link?.close(),
      sweep: () => this.#sweep(),
    };
  }

  /** A connection is there: it is one to the right server when that can say where the log ends. */
  async #onUp(link: RedisLink): Promise<void> {
    const question =
      this.#tail.epoch === '' ? ['', '0', ...this.#tail.question.slice(2)] : this.#tail.question;
    const answer = await this.#commands.run(link, 'tail', this.#keys.fixed, question);
    // A right to the keys is none to the channels, which would be missed by what is appended, half done.
    if (this.#state === 'opening') await link.send(['SPUBLISH', this.#keys.probe, '']);
    if (this.#state === 'opening') this.#begin(answer);
  }

  #onReady(): void {
    this.#queue.onUp();
    this.#tail.check().catch(() => undefined);
  }

  #begin(answer: unknown): void {
    const { tail, resolve } = this.#opening!;
    this.#state = 'open';
    this.#opening = undefined;
    const end = this.#tail.begin(tail, answer);
    this.#line.start();
    this.#watch.start();
    this.#presence.open();
    resolve(end);
  }

  /** What a server refuses that was to be opened with is told to whoever opens; one that is away is waited for. */
  #onRefused(error: unknown): void {
    const reply = toErrorReply(error);
    const isFinal = error instanceof SseError ? error.code === 'INVALID_OPTION' : reply && !isPassing(reply);
    if (this.#opening === undefined || !isFinal) return;
    this.#opening.reject(error instanceof SseError ? error : unavailable(error));
    this.#opening = undefined;
    this.#state = 'closed';
    void this.#commands.close();
  }

  #onMessage(channel: string, message: string): void {
    const read = this.#keys.read(channel);
    if (read.of === 'tail') this.#tail.onAppended(message);
    else if (read.of === 'records') this.#tail.onRecords(read.key, message);
    else this.#presence.onMessage(read.key, message);
  }

  /** What was not told while nobody listened is found now. */
  async #listen(link: RedisLink): Promise<void> {
    await this.#channels.listen(link);
    this.#tail.check().catch(() => undefined);
    this.#presence.look();
  }

  /** The answer is of an epoch that streams must have been told of before it is passed on. */
  #onAppended({ epoch, end, used: [ofPublic, ofPrivate] }: AppendAnswer): Promise<void> | undefined {
    const { totalBytes, userBytes } = this.#options.policy;
    if (ofPublic > totalBytes || ofPrivate > userBytes) void this.#sweep().catch(() => undefined);
    this.#tail.onAnswer(epoch, end);
    if (epoch === this.epoch) return undefined;
    return this.#tail.check().then(
      () => undefined,
      () => undefined,
    );
  }

  async #ask(
    name: 'read' | 'locate',
    keys: readonly TopicKey[],
    values: readonly string[],
  ): Promise<unknown> {
    for (;;) {
      const reply = (await this.#commands.ask(name, this.#keys.ofAll(keys), values)) as [
        epoch: string,
        ...unknown[],
      ];
      if (reply[0] === this.epoch) return reply;
      await this.#tail.check().catch(() => undefined);
      if (this.#state !== 'open') throw logClosed();
    }
  }

  /** Takes away what is too old, and the oldest where there is too much. */
  #sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepAll().finally(() => (this.#sweeping = undefined));
    return this.#sweeping;
  }

  async #sweepAll(): Promise<void> {
    const { totalBytes, userBytes } = this.#options.policy;
    let due: TopicKey[] = [];
    do {
      const values = [limit(totalBytes), limit(userBytes), ...due];
      due = (await this.#commands.try('sweep', this.#keys.ofAll(due), values)) as TopicKey[];
    } while (due.length > 0 && this.#state === 'open');
  }
}
