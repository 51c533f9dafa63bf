import { shown, SseError } from '../../errors/sse-error.js';
import { checkDelay } from '../../options/check.js';
import type { TopicRule } from '../../options/topic-rules.js';
import { RetentionPolicy, type HistoryDefaults, type RetentionOptions } from '../retention.js';
import { recognise, type KnownClient, type RedisClient } from './redis-clients.js';

/** How much of a topic's history is kept in Redis; whichever limit is reached first holds. */
export interface RedisRetentionOptions extends RetentionOptions {
  /**
   * How many events of one topic, or some more: they are taken away a few at a time. 0 keeps none.
   * @default 1_000
   */
  count?: number;
  /**
   * How old an event may be, in milliseconds; `Infinity` for no limit.
   * @default 3_600_000
   */
  age?: number;
  /**
   * Bytes of one topic: what its events take as text, and 48 for each.
   * @default 1_048_576
   */
  bytes?: number;
}

export interface RedisLogOptions {
  /**
   * A client of the package `redis` (5 or 6: `createClient`, `createCluster`) or of `ioredis` (`Redis`, `Cluster`). It
   * need not be connected, unless it is one of a Cluster, and is left alone: the log makes two connections like it, with
   * the same servers and credentials.
   * @default made from `url`
   */
  client?: RedisClient;
  /**
   * In place of a client, the server's address, `redis://user:password@host:6379`, or those of some servers of a
   * Cluster. Takes the package `redis`.
   * @default none: a `client` is given
   */
  url?: string | readonly string[];
  /**
   * Names the hub: what has the same prefix is the same log. All keys and channels begin with it, in braces.
   * @default 'sse'
   */
  prefix?: string;
  /**
   * What holds for every topic that `topics` does not name, and for users' private topics.
   */
  retention?: RedisRetentionOptions;
  /**
   * Topics with a retention of their own: the `topic` or the `prefix` that it holds for, and its `count`, `age` and
   * `bytes`, which are those of `retention` where they are left out. A topic's own name wins over a prefix, a longer
   * prefix over a shorter. The same on all nodes.
   * @default none
   */
  topics?: readonly (RedisRetentionOptions & TopicRule)[];
  /**
   * Bytes of all public topics and broadcast together; the oldest events go first.
   * @default 268_435_456
   */
  totalBytes?: number;
  /**
   * Bytes of all users' private topics together, which neither take from nor give to `totalBytes`.
   * @default 67_108_864
   */
  userBytes?: number;
  /**
   * Milliseconds for which the idempotency key of a publish is remembered, by all nodes.
   * @default 120_000
   */
  idempotencyWindow?: number;
  /**
   * Milliseconds after which a publish rejects that the server has not answered.
   * @default 5_000
   */
  publishTimeout?: number;
  /**
   * Milliseconds between two looks at the log's end, which find what a notification was lost of.
   * @default 1_000
   */
  checkInterval?: number;
  /**
   * Milliseconds after which the streams of a node that has died without a word are not told of any more by
   * `hub.presence`; `hub.presenceChanges` tells that they have left within half as long again.
   * @default 10_000
   */
  presenceTimeout?: number;
}

/** What is kept in Redis where the options leave it out. */
export const REDIS_DEFAULTS: HistoryDefaults = {
  count: 1_000,
  age: 3_600_000,
  bytes: 1024 * 1024,
  totalBytes: 256 * 1024 * 1024,
  userBytes: 64 * 1024 * 1024,
};

/** {@link RedisLogOptions} with every default filled in. */
export interface ResolvedRedisLogOptions {
  readonly source: KnownClient | { readonly kind: 'urls'; readonly urls: readonly string[] };
  readonly prefix: string;
  readonly policy: RetentionPolicy;
  readonly publishTimeout: number;
  readonly checkInterval: number;
  readonly presenceTimeout: number;
}

const OWN_KEYS = ['client', 'url', 'prefix', 'publishTimeout', 'checkInterval', 'presenceTimeout'];

/** @throws SseError `INVALID_OPTION` */
export function resolveRedisLogOptions(options: RedisLogOptions): ResolvedRedisLogOptions {
  const policy = new RetentionPolicy('redisLog', options, REDIS_DEFAULTS, OWN_KEYS);
  const { prefix = 'sse', publishTimeout = 5_000, checkInterval = 1_000, presenceTimeout = 10_000 } = options;
  return {
    source: resolveSource(options),
    prefix: checkPrefix(prefix),
    policy,
    publishTimeout: checkDelay('publishTimeout', publishTimeout, 1),
    checkInterval: checkDelay('checkInterval', checkInterval, 10),
    presenceTimeout: checkDelay('presenceTimeout', presenceTimeout, 100),
  };
}

function resolveSource({ client, url }: RedisLogOptions): ResolvedRedisLogOptions['source'] {
  if ((client === undefined) === (url === undefined))
    throw new SseError('INVALID_OPTION', 'redisLog takes either a client or a url');
  if (client !== undefined) return recognise(client);
  const urls: readonly unknown[] = Array.isArray(url) ? url : [url];
  if (urls.length > 0 && urls.every(isAddress)) return { kind: 'urls', urls: urls as string[] };
  throw new SseError(
    'INVALID_OPTION',
    `url must be an address such as redis://localhost:6379, or an array of them, but is ${shown(url)}`,
  );
}

function isAddress(url: unknown): boolean {
  return typeof url === 'string' && /^rediss?:\/\//.test(url);
}

function checkPrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && /^[\w.:/-]+$/.test(prefix)) return prefix;
  throw new SseError(
    'INVALID_OPTION',
    `prefix must be of letters, digits and the characters _ . : / and -, but is ${shown(prefix)}`,
  );
}
