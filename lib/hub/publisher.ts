import { Buffer } from 'node:buffer';
import { handledRejection } from '../async/handled-rejection.js';
import { shown, SseError } from '../errors/sse-error.js';
import { isPromiseLike } from '../async/awaitable.js';
import { now } from '../log/clock.js';
import type { EventLog } from '../log/event-log.js';
import { formatPosition, parsePosition } from '../log/position.js';
import { BROADCAST_KEY, type TopicKey } from '../log/topic-key.js';
import { checkKeys } from '../options/check.js';
import type { ResolvedHubOptions } from '../options/hub-options.js';
import { encodeFields, type EncodedEvent } from '../protocol/encode.js';
import type { SseEvent } from '../protocol/event.js';
import { hasLoneSurrogate } from '../protocol/utf8.js';
import type { Counters } from './hub-stats.js';
import type { LogGate } from './log-gate.js';
import type { Names } from './names.js';
import { NewTopics } from './new-topics.js';

export interface PublishOptions {
  /**
   * On whose behalf it is published, an id of yours: whoever can name topics must not fill the log with new ones
   * (`limits.newTopicsPerSecond`).
   * @default undefined: the application's own, which nothing limits
   */
  publisher?: string;
  /**
   * Names this publish, and is the same in all attempts at it: within the log's `idempotencyWindow` it is appended once,
   * and all of them are answered with its id. At most 256 characters.
   * @default none: what is published again is another event
   */
  idempotencyKey?: string;
}

const NO_OPTIONS: PublishOptions = {};

// Characters of an idempotency key: an UUID, or a few of them.
const KEY_LENGTH = 256;

/** Checks whom an event is for, and names them in the log; functions of the module, so that none is made for a call. */
type KeysOf = (names: Names, name: string | readonly string[]) => readonly TopicKey[];

const TO_TOPICS: KeysOf = (names, topics) => names.someTopicKeys(topics);
const TO_ALL: KeysOf = () => [BROADCAST_KEY];
const TO_USER: KeysOf = (names, user) => [names.userKey(user as string)];

/** Checks and encodes what is published, and appends it to the log. */
export class Publisher {
  readonly #newTopics: NewTopics;
  #isClosed = false;

  constructor(
    private readonly log: EventLog,
    private readonly gate: LogGate,
    private readonly names: Names,
    private readonly options: ResolvedHubOptions,
    private readonly counters: Counters,
  ) {
    this.#newTopics = new NewTopics(options.limits.newTopicsPerSecond);
  }

  /** Refuses everything from now on. */
  close(): void {
    this.#isClosed = true;
  }

  /** To one topic or several. */
  publish(
    topics: string | readonly string[],
    event: SseEvent,
    options?: PublishOptions,
  ): Promise<{ id: string }> {
    return this.#publish(TO_TOPICS, topics, event, options);
  }

  /** To every hub stream. */
  broadcast(event: SseEvent, options?: PublishOptions): Promise<{ id: string }> {
    return this.#publish(TO_ALL, [], event, options);
  }

  /** To every stream of a user. */
  sendTo(user: string, event: SseEvent, options?: PublishOptions): Promise<{ id: string }> {
    return this.#publish(TO_USER, user, event, options);
  }

  // Not async: what is published first must be appended first, also where the log answers later.
  #publish(
    keysOf: KeysOf,
    name: string | readonly string[],
    event: SseEvent,
    options?: PublishOptions,
  ): Promise<{ id: string }> {
    if (this.#isClosed) return handledRejection(hubClosed());
    try {
      const { publisher, idempotencyKey } = options === undefined ? NO_OPTIONS : checkPublishOptions(options);
      const keys = keysOf(this.names, name);
      const encoded = encodeFields(event, this.options.serialize);
      this.#checkId(encoded.id);
      this.#checkSize(encoded.body);
      if (publisher !== undefined) this.#newTopics.add(keys, publisher);
      return this.#append(keys, encoded, idempotencyKey);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #append(
    keys: readonly TopicKey[],
    { id, body, kind }: EncodedEvent,
    idempotencyKey: string | undefined,
  ): Promise<{ id: string }> {
    const entry = { keys, id, body, kind, time: now() };
    // The usual case without the functions that waiting takes.
    const offset = this.gate.isFree
      ? this.log.append(entry, idempotencyKey)
      : this.gate.passInTime(() => this.log.append(entry, idempotencyKey));
    if (isPromiseLike(offset)) return Promise.resolve(offset).then((given) => this.#answer(id, given));
    return Promise.resolve(this.#answer(id, offset));
  }

  #answer(id: string | undefined, offset: number): { id: string } {
    this.counters.published++;
    return { id: id ?? formatPosition(this.log.epoch, offset) };
  }

  /** An own id must not be taken for a position of the log, and must be one that a client can come back with. */
  #checkId(id: string | undefined): void {
    if (id === undefined) return;
    if (parsePosition(id) !== undefined) {
      throw new SseError(
        'INVALID_ID',
        `the id ${shown(id)} looks like a position of the log; leave it out, or add a prefix`,
      );
    }
    if (hasLoneSurrogate(id))
      throw new SseError(
        'INVALID_ID',
        `the id ${shown(id)} has half a surrogate pair, which comes back as another`,
      );
    const { lastEventIdLength } = this.options.limits;
    if (id.length <= lastEventIdLength) return;
    throw new SseError(
      'INVALID_ID',
      `an id has at most ${lastEventIdLength} characters (limits.lastEventIdLength), but ${shown(id)} has ${id.length}`,
    );
  }

  #checkSize(body: string): void {
    const { eventBytes } = this.options.limits;
    // No character has more than three bytes for each of its code units.
    if (body.length * 3 <= eventBytes) return;
    const bytes = Buffer.byteLength(body);
    if (bytes <= eventBytes) return;
    throw new SseError(
      'EVENT_TOO_LARGE',
      `an event has at most ${eventBytes} bytes (limits.eventBytes), but this one has ${bytes}; publish where the rest can be fetched`,
    );
  }
}

function checkPublishOptions(options: PublishOptions): PublishOptions {
  checkKeys('publish', options, ['publisher', 'idempotencyKey']);
  const { publisher, idempotencyKey } = options;
  checkName('publisher', publisher);
  checkName('idempotencyKey', idempotencyKey);
  if (idempotencyKey === undefined || idempotencyKey.length <= KEY_LENGTH) return options;
  throw new SseError(
    'INVALID_OPTION',
    `idempotencyKey has at most ${KEY_LENGTH} characters, but ${shown(idempotencyKey)} has ${idempotencyKey.length}`,
  );
}

function checkName(option: string, name: unknown): void {
  if (name === undefined || (typeof name === 'string' && name !== '' && !hasLoneSurrogate(name))) return;
  throw new SseError(
    'INVALID_OPTION',
    `${option} must be a non-empty string of whole characters, but is ${shown(name)}`,
  );
}

function hubClosed(): SseError {
  return new SseError('HUB_CLOSED', 'the hub is closed; nothing can be published any more');
}
