import { SseError } from '../../errors/sse-error.js';
import type { LogEntry } from '../event-log.js';
import { idReused } from '../log-errors.js';
import { newEpoch } from '../position.js';
import type { RetentionPolicy } from '../retention.js';
import { encodeRecord } from '../record-text.js';
import type { TopicKey } from '../topic-key.js';
import { isPassing, toErrorReply } from './error-reply.js';
import { unavailable, type RedisCommands } from './redis-commands.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import type { RedisTail } from './redis-tail.js';

/** An append that is not settled. */
interface Waiting {
  readonly entry: LogEntry;
  readonly record: string;
  readonly idempotencyKey: string | undefined;
  /** Of `performance.now()`. */
  readonly deadline: number;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
  /** Whether it has been sent, and nobody knows what has become of that. */
  isUncertain: boolean;
}

// What one call appends at the most.
const EVENTS_AT_ONCE = 512;
const CHARACTERS_AT_ONCE = 256 * 1024;

// Characters that wait at the most, with some for each event.
const MOST_WAITING = 64 * 1024 * 1024;
const WAITING_CHARACTERS = 256;

// Milliseconds after which a server is asked again that could not answer for the moment.
const PAUSE_MS = 50;

const REUSED = -1;

type AppendReply = [epoch: string, ofPublic: number, ofPrivate: number, end: number, ...offsets: number[]];

/** What the server has answered, other than to each of the events. */
export interface AppendAnswer {
  readonly epoch: string;
  readonly end: number;
  /** Bytes in use by public and by private topics. */
  readonly used: readonly [number, number];
}

/** Appends in the order of the calls: what has come while one call to the server was under way goes with the next. */
export class AppendQueue {
  #waiting: Waiting[] = [];
  #characters = 0;
  #sent: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined = undefined;
  #isScheduled = false;
  #isClosed = false;
  #onIdle: (() => void) | undefined = undefined;
  /** Why the server has refused the last append; undefined since it has taken one. */
  refusal: SseError | undefined = undefined;

  /**
   * @param timeout milliseconds in which an append is settled
   * @param onAnswer what has to happen before the appends are told of the answer
   */
  constructor(
    private readonly commands: RedisCommands,
    private readonly keys: RedisKeys,
    private readonly policy: RetentionPolicy,
    private readonly tail: RedisTail,
    private readonly timeout: number,
    private readonly onAnswer: (answer: AppendAnswer) => Promise<void> | undefined,
  ) {}

  append(entry: LogEntry, idempotencyKey: string | undefined): Promise<number> {
    const record = encodeRecord(entry);
    if (this.#characters > MOST_WAITING) {
      const message = `${this.#waiting.length} events wait for the server already; publish again later`;
      return Promise.reject(new SseError('LOG_UNAVAILABLE', message));
    }
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + this.timeout;
      this.#characters += record.length + WAITING_CHARACTERS;
      this.#waiting.push({ entry, record, idempotencyKey, deadline, resolve, reject, isUncertain: false });
      this.#timer ??= this.#watch(deadline);
      this.#schedule();
    });
  }

  /** There is a connection (again). */
  onUp(): void {
    this.#schedule();
  }

  /** Resolves when nothing is under way any more; nothing may be appended from now on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.commands.link === undefined) this.#rejectWaiting();
    if (this.#waiting.length > 0 || this.#sent.length > 0)
      await new Promise<void>((resolve) => (this.#onIdle = resolve));
    clearTimeout(this.#timer);
  }

  /** What is published in one go leaves together. */
  #schedule(): void {
    if (this.#isScheduled || this.#sent.length > 0) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    const { link } = this.commands;
    if (this.#sent.length > 0 || this.#waiting.length === 0 || link === undefined) return;
    this.#sent = this.#take();
    void this.#append(link, this.#sent).then(() => {
      this.#sent = [];
      if (this.#isClosed && this.commands.link === undefined) this.#rejectWaiting();
      if (this.#waiting.length > 0) this.#send();
      else this.#onIdle?.();
    });
  }

  #take(): Waiting[] {
    let count = 0;
    let characters = 0;
    while (count < this.#waiting.length && count < EVENTS_AT_ONCE && characters < CHARACTERS_AT_ONCE)
      characters += this.#waiting[count++]!.record.length;
    const taken = this.#waiting.splice(0, count);
    this.#characters -= characters + count * WAITING_CHARACTERS;
    return taken;
  }

  /** Those that are to be tried again, before all others. */
  #putBack(waiting: readonly Waiting[]): void {
    const [first] = waiting;
    if (first === undefined) return;
    this.#waiting.unshift(...waiting);
    for (const { record } of waiting) this.#characters += record.length + WAITING_CHARACTERS;
    this.#timer ??= this.#watch(first.deadline);
  }

  async #append(link: RedisLink, batch: Waiting[]): Promise<void> {
    const { keys, values } = this.#command(batch);
    const left = Math.max(1, batch[0]!.deadline - performance.now());
    try {
      const answer = (await this.commands.run(link, 'append', keys, values, left)) as AppendReply;
      const [epoch, ofPublic, ofPrivate, end, ...offsets] = answer;
      this.refusal = undefined;
      await this.onAnswer({ epoch, end, used: [ofPublic, ofPrivate] });
      for (const [place, waiting] of batch.entries()) settle(waiting, offsets[place]!);
    } catch (error) {
      const reply = toErrorReply(error);
      if (reply === undefined) this.#onLost(batch, error);
      else if (isPassing(reply)) await this.#onPassing(batch, error, link);
      else this.#onRefused(batch, error);
    }
  }

  /** Nobody knows whether it was appended: only what says that it is the same may be tried again. */
  #onLost(batch: readonly Waiting[], cause: unknown): void {
    const named = batch.filter(({ idempotencyKey }) => idempotencyKey !== undefined);
    for (const waiting of named) waiting.isUncertain = true;
    this.#putBack(named);
    for (const { idempotencyKey, reject } of batch)
      if (idempotencyKey === undefined) reject(unknownOutcome(cause));
  }

  async #onPassing(batch: readonly Waiting[], error: unknown, link: RedisLink): Promise<void> {
    this.#putBack(batch);
    await this.commands.follow(error, link).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }

  #onRefused(batch: readonly Waiting[], error: unknown): void {
    this.refusal = unavailable(error);
    for (const { reject } of batch) reject(this.refusal);
  }

  #rejectWaiting(): void {
    const closed = new SseError(
      'HUB_CLOSED',
      'the log was closed while its server was away; nothing of this is in it',
    );
    for (const { reject, isUncertain } of this.#waiting.splice(0))
      reject(isUncertain ? unknownOutcome(closed) : closed);
    this.#characters = 0;
  }

  #watch(deadline: number): NodeJS.Timeout {
    return setTimeout(() => this.#giveUp(), Math.max(1, deadline - performance.now())).unref();
  }

  /** Those whose time is over are not sent any more; what is sent is watched by its own. */
  #giveUp(): void {
    const time = performance.now();
    const count = this.#waiting.findIndex(({ deadline }) => deadline > time);
    const late = this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
    const error = new SseError(
      'LOG_UNAVAILABLE',
      `the server was not there for ${this.timeout} ms (publishTimeout); nothing of this is in the log`,
      { cause: this.refusal },
    );
    for (const { record, reject, isUncertain } of late) {
      this.#characters -= record.length + WAITING_CHARACTERS;
      reject(isUncertain ? unknownOutcome(error) : error);
    }
    const [next] = this.#waiting;
    this.#timer = next && this.#watch(next.deadline);
    if (this.#waiting.length === 0 && this.#sent.length === 0) this.#onIdle?.();
  }

  #command(batch: readonly Waiting[]): { keys: string[]; values: string[] } {
    const places = new Map<TopicKey, string>();
    const retentions: string[] = [];
    const events: string[] = [];
    const idempotencyKeys: string[] = [];
    for (const { entry } of batch) {
      for (const key of entry.keys) {
        if (places.has(key)) continue;
        places.set(key, String(places.size + 1));
        const { count, age, bytes } = this.policy.for(key);
        retentions.push(key, limit(count), limit(age), limit(bytes));
      }
    }
    const keys = this.keys.ofAll(places.keys());
    for (const { entry, record, idempotencyKey } of batch) {
      events.push(String(entry.keys.length));
      for (const key of entry.keys) events.push(places.get(key)!);
      let place = 0;
      if (idempotencyKey !== undefined)
        place = keys.length + idempotencyKeys.push(this.keys.idempotency(idempotencyKey));
      events.push(entry.id ?? '', String(place), record);
    }
    const { epoch, known } = this.tail;
    const head = [
      epoch,
      String(known),
      newEpoch(),
      String(this.policy.idempotencyWindow),
      String(places.size),
    ];
    return { keys: [...keys, ...idempotencyKeys], values: [...head, ...retentions, ...events] };
  }
}

/** A limit as the scripts take it. */
export function limit(value: number): string {
  return value === Infinity ? '-1' : String(value);
}

function settle({ entry, resolve, reject }: Waiting, offset: number): void {
  if (offset === REUSED) reject(idReused(entry.id));
  else resolve(offset);
}

function unknownOutcome(cause: unknown): SseError {
  return new SseError(
    'OUTCOME_UNKNOWN',
    'the server has not answered, and the event may be in the log or not; publish again with an idempotencyKey to have it there once',
    { cause },
  );
}
