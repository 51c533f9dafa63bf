import { checkInteger, checkKeys } from '../options/check.js';
import { shown, SseError } from '../errors/sse-error.js';
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

/** Retention of its own for one topic, or for all whose names begin with a prefix; a topic's own name wins over a prefix, a longer prefix over a shorter. */
export type TopicRetention = RetentionOptions & ({ topic: string } | { prefix: string });

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
}

/** {@link RetentionOptions} with every default filled in. */
export interface Retention {
  readonly count: number;
  readonly age: number;
  readonly bytes: number;
}

const DEFAULTS: Retention = { count: 1_000, age: 300_000, bytes: 1024 * 1024 };

/** {@link MemoryLogOptions} checked, with every default filled in. */
export class RetentionPolicy {
  readonly totalBytes: number;
  readonly userBytes: number;
  readonly #default: Retention;
  readonly #topics = new Map<string, Retention>();
  readonly #prefixes: { readonly prefix: string; readonly retention: Retention }[] = [];

  /** @throws SseError `INVALID_OPTION` */
  constructor(options: MemoryLogOptions) {
    checkKeys('memoryLog', options, ['retention', 'topics', 'totalBytes', 'userBytes']);
    const { retention = {}, topics = [] } = options;
    const { totalBytes = 256 * 1024 * 1024, userBytes = 64 * 1024 * 1024 } = options;
    this.totalBytes = checkInteger('totalBytes', totalBytes, 0, true);
    this.userBytes = checkInteger('userBytes', userBytes, 0, true);
    this.#default = resolve('retention', retention, DEFAULTS);
    if (!Array.isArray(topics)) {
      throw new SseError('INVALID_OPTION', `topics must be an array, but is ${shown(topics)}`);
    }
    for (const topic of topics as readonly TopicRetention[]) this.#add(topic);
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  for(key: TopicKey): Retention {
    const topic = topicOf(key);
    if (topic === undefined) return this.#default;
    const own = this.#topics.get(topic);
    if (own !== undefined) return own;
    return this.#prefixes.find(({ prefix }) => topic.startsWith(prefix))?.retention ?? this.#default;
  }

  #add(options: TopicRetention): void {
    checkKeys('each of topics', options, ['topic', 'prefix', ...LIMITS]);
    const { topic, prefix, ...limits } = options as RetentionOptions & { topic?: string; prefix?: string };
    const name = topic ?? prefix;
    if (typeof name !== 'string' || name === '' || (topic !== undefined && prefix !== undefined)) {
      throw new SseError(
        'INVALID_OPTION',
        `each of topics names either a topic or a prefix, a non-empty string, but is ${shown(options)}`,
      );
    }
    const retention = resolve('topics', limits, this.#default);
    if (topic !== undefined) this.#topics.set(topic, retention);
    else this.#prefixes.push({ prefix: name, retention });
  }
}

const LIMITS = ['count', 'age', 'bytes'];

function resolve(name: string, options: RetentionOptions, base: Retention): Retention {
  checkKeys(name, options, LIMITS);
  const { count = base.count, age = base.age, bytes = base.bytes } = options;
  return {
    count: checkInteger(`${name}.count`, count, 0, true),
    age: checkInteger(`${name}.age`, age, 1, true),
    bytes: checkInteger(`${name}.bytes`, bytes, 0, true),
  };
}
