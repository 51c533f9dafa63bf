import { shown, SseError } from '../../errors/sse-error.js';
import { checkDelay, checkOneOf } from '../../options/check.js';
import type { TopicRule } from '../../options/topic-rules.js';
import { RetentionPolicy, type HistoryDefaults, type RetentionOptions } from '../retention.js';

/** How much of a topic's history is kept on the disk; whichever limit is reached first holds. */
export interface LmdbRetentionOptions extends RetentionOptions {
  /**
   * How many events of one topic, or some more: they are taken away a few at a time. 0 keeps none.
   * @default 10_000
   */
  count?: number;
  /**
   * How old an event may be, in milliseconds; `Infinity` for no limit.
   * @default 86_400_000
   */
  age?: number;
  /**
   * Bytes of one topic: what its events take as text, and 64 for each.
   * @default 16_777_216
   */
  bytes?: number;
}

export interface LmdbLogOptions {
  /** The folder in which the log is; it is made where there is none. One process at a time has it. */
  path: string;
  /**
   * When an append is acknowledged, and its event is sent: `'grouped'`, when it is in the file, which a crash of this
   * process cannot change, and no later than `syncWithin` on the disk itself; or `'event'`, when it is on the disk.
   * @default 'grouped'
   */
  sync?: 'grouped' | 'event';
  /**
   * Milliseconds within which what was acknowledged is on the disk, and survives a crash of the machine: while older
   * events are not, no further ones are acknowledged.
   * @default 1_000
   */
  syncWithin?: number;
  /**
   * What holds for every topic that `topics` does not name, and for users' private topics.
   */
  retention?: LmdbRetentionOptions;
  /**
   * Topics with a retention of their own: the `topic` or the `prefix` that it holds for, and its `count`, `age` and
   * `bytes`, which are those of `retention` where they are left out. A topic's own name wins over a prefix, a longer
   * prefix over a shorter.
   * @default none
   */
  topics?: readonly (LmdbRetentionOptions & TopicRule)[];
  /**
   * Bytes of all public topics and broadcast together; the oldest events go first.
   * @default 4_294_967_296
   */
  totalBytes?: number;
  /**
   * Bytes of all users' private topics together, which neither take from nor give to `totalBytes`.
   * @default 1_073_741_824
   */
  userBytes?: number;
  /**
   * Milliseconds for which the idempotency key of a publish is remembered, over a restart too.
   * @default 120_000
   */
  idempotencyWindow?: number;
}

/** What is kept on the disk where the options leave it out. */
export const LMDB_DEFAULTS: HistoryDefaults = {
  count: 10_000,
  age: 24 * 3_600_000,
  bytes: 16 * 1024 * 1024,
  totalBytes: 4 * 1024 * 1024 * 1024,
  userBytes: 1024 * 1024 * 1024,
};

/** {@link LmdbLogOptions} with every default filled in. */
export interface ResolvedLmdbLogOptions {
  readonly path: string;
  readonly sync: 'grouped' | 'event';
  readonly syncWithin: number;
  readonly policy: RetentionPolicy;
}

/** @throws SseError `INVALID_OPTION` */
export function resolveLmdbLogOptions(options: LmdbLogOptions): ResolvedLmdbLogOptions {
  const policy = new RetentionPolicy('lmdbLog', options, LMDB_DEFAULTS, ['path', 'sync', 'syncWithin']);
  const { path, sync = 'grouped', syncWithin = 1_000 } = options;
  if (typeof path !== 'string' || path === '') {
    throw new SseError(
      'INVALID_OPTION',
      `path must name a folder, such as './events', but is ${shown(path)}`,
    );
  }
  return {
    path,
    sync: checkOneOf('sync', sync, ['grouped', 'event']),
    syncWithin: checkDelay('syncWithin', syncWithin, 0),
    policy,
  };
}
