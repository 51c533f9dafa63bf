import { shown, SseError } from '../../errors/sse-error.js';

/** What the log needs of a client of the package `redis`, version 5 or 6: it makes connections of its own like it. */
export interface NodeRedisClient {
  duplicate(overrides?: object): NodeRedisClient;
  connect(): Promise<unknown>;
  destroy(): void;
  sendCommand(command: readonly string[]): Promise<unknown>;
  sSubscribe(channels: string[], listener: (message: string, channel: string) => unknown): Promise<unknown>;
  sUnsubscribe(channels: string[]): Promise<unknown>;
  // oxlint-disable-next-line typescript/no-explicit-any -- what clients of any version tell their listeners
  on(event: string, listener: (...values: any[]) => void): unknown;
  readonly options?: object | undefined;
}

/** What the log needs of a cluster client of the package `redis`: the servers that it knows, and a client for each. */
export interface NodeRedisCluster {
  readonly masters: readonly { readonly address: string }[];
  readonly replicas: readonly { readonly address: string }[];
  nodeClient(node: never): NodeRedisClient | Promise<NodeRedisClient>;
}

/** What the log needs of a client of the package `ioredis`. */
export interface IoRedisClient {
  duplicate(overrides?: object): IoRedisClient;
  connect(): Promise<unknown>;
  disconnect(): void;
  call(command: string, ...values: string[]): Promise<unknown>;
  ssubscribe(...channels: string[]): Promise<unknown>;
  sunsubscribe(...channels: string[]): Promise<unknown>;
  // oxlint-disable-next-line typescript/no-explicit-any -- what clients of any version tell their listeners
  on(event: string, listener: (...values: any[]) => void): unknown;
  readonly options?: object | undefined;
}

/** What the log needs of a cluster client of the package `ioredis`: clients of the servers that it knows. */
export interface IoRedisCluster {
  nodes(role?: 'all'): readonly IoRedisClient[];
}

/** A client of the package `redis` or `ioredis`, of one server, of a Cluster or, with `ioredis`, of Sentinels. */
export type RedisClient = NodeRedisClient | NodeRedisCluster | IoRedisClient | IoRedisCluster;

/** Which kind of client it is. */
export type KnownClient =
  | { readonly kind: 'node-redis'; readonly client: NodeRedisClient }
  | { readonly kind: 'node-redis-cluster'; readonly client: NodeRedisCluster }
  | { readonly kind: 'ioredis'; readonly client: IoRedisClient }
  | { readonly kind: 'ioredis-cluster'; readonly client: IoRedisCluster };

/**
 * Tells clients apart by what they can do: they may be of any copy of their package.
 * @throws SseError `INVALID_OPTION`
 */
export function recognise(client: unknown): KnownClient {
  if (has(client, ['nodeClient'])) return { kind: 'node-redis-cluster', client: client as NodeRedisCluster };
  if (has(client, ['sSubscribe', 'sendCommand', 'duplicate']))
    return { kind: 'node-redis', client: client as NodeRedisClient };
  if (has(client, ['nodes', 'ssubscribe']))
    return { kind: 'ioredis-cluster', client: client as IoRedisCluster };
  if (has(client, ['ssubscribe', 'call', 'duplicate']))
    return { kind: 'ioredis', client: client as IoRedisClient };
  throw new SseError(
    'INVALID_OPTION',
    `client must be one of the package redis (createClient, createCluster; version 5 or 6) or of ioredis (Redis, Cluster), but is ${shown(client)}`,
  );
}

function has(client: unknown, methods: readonly string[]): boolean {
  if (typeof client !== 'object' || client === null) return false;
  return methods.every((method) => typeof (client as Record<string, unknown>)[method] === 'function');
}
