import { checkDelay, checkInteger, checkKeys } from '../options/check.js';
import { resolveTopicRules, type TopicRule, type TopicRules } from '../options/topic-rules.js';
import { topicOf, type TopicKey } from './topic-key.js';

/** How much of a topic's history is kept; whichever limit is reached first holds. */
export interface RetentionOptions {
  /**
   * How many events of one topic; 0 keeps none.
   * @default 1_000
   */
  count?: number;
  /**
   * How old an event may be, in milliseconds; `Infinity` for no limit.
   * @default 300_000
   */
  age?: number;
  /**
   * Bytes of memory of one topic, with what the log itself needs for each event.
   * @default 1_048_576
   */
  bytes?: number;
}

/**
 * Retention of its own for one topic, or for all whose names begin with a prefix; a topic's own name wins over a prefix,
 * a longer prefix over a shorter.
 */
export type TopicRetention = RetentionOptions & TopicRule;

export interface MemoryLogOptions {
  /** What holds for every topic that `topics` does not name, and for users' private topics. */
  retention?: RetentionOptions;
  /**
   * Topics with a retention of their own: the `topic` or the `prefix` that it holds for, and its `count`, `age` and
   * `bytes`, which are those of `retention` where they are left out. A topic's own name wins over a prefix, a longer
   * prefix over a shorter.
   * @default none
   */
  topics?: readonly TopicRetention[];
  /**
   * Bytes of memory of all public topics and broadcast together; the oldest events go first.
   * @default 268_435_456
   */
  totalBytes?: number;
  /**
   * Bytes of memory of all users' private topics together, which neither take from nor give to `totalBytes`.
   * @default 67_108_864
   */
  userBytes?: number;
  /**
   * Milliseconds for which the idempotency key of a publish is remembered.
   * @default 120_000
   */
  idempotencyWindow?: number;
}

/** {@link RetentionOptions} with every default filled in. */
export interface Retention {
  readonly count: number;
  readonly age: number;
  readonly bytes: number;
}

/** What is kept where the options of a log leave it out. */
export interface HistoryDefaults extends Retention {
  readonly totalBytes: number;
  readonly userBytes: number;
}

const KEYS = ['retention', 'topics', 'totalBytes', 'userBytes', 'idempotencyWindow'];
const LIMITS = ['count', 'age', 'bytes'];

/** What a log keeps: its options checked, with every default filled in. */
export class RetentionPolicy {
  readonly totalBytes: number;
  readonly userBytes: number;
  readonly idempotencyWindow: number;
  /** Milliseconds for which any event is kept at the most. */
  readonly longestAge: number;
  readonly #rules: TopicRules<Retention>;

  /**
   * @param name of the function that the options were given to
   * @param ownKeys options that only this log has
   * @throws SseError `INVALID_OPTION`
   */
  constructor(
    name: string,
    options: MemoryLogOptions,
    defaults: HistoryDefaults,
    ownKeys: readonly string[] = [],
  ) {
    checkKeys(name, options, [...ownKeys, ...KEYS]);
    const { retention = {}, topics = [], idempotencyWindow = 120_000 } = options;
    const { totalBytes = defaults.totalBytes, userBytes = defaults.userBytes } = options;
    this.totalBytes = checkInteger('totalBytes', totalBytes, 0, true);
    this.userBytes = checkInteger('userBytes', userBytes, 0, true);
    this.idempotencyWindow = checkDelay('idempotencyWindow', idempotencyWindow, 1);
    checkKeys('retention', retention, LIMITS);
    const others = resolve('retention', retention, defaults);
    this.#rules = resolveTopicRules(topics, others, LIMITS, (topic) => resolve('topics', topic, others));
    this.longestAge = Math.max(others.age, ...topics.map(({ age = 0 }) => age));
  }

  for(key: TopicKey): Retention {
    return this.#rules.of(topicOf(key));
  }
}

function resolve(name: string, options: RetentionOptions, base: Retention): Retention {
  const { count = base.count, age = base.age, bytes = base.bytes } = options;
  return {
    count: checkInteger(`${name}.count`, count, 0, true),
    age: checkInteger(`${name}.age`, age, 1, true),
    bytes: checkInteger(`${name}.bytes`, bytes, 0, true),
  };
}
