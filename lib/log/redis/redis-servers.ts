import { SseError } from '../../errors/sse-error.js';
import { wait } from '../../async/wait.js';
import { IoRedisServer } from './io-redis-server.js';
import { NodeRedisServer } from './node-redis-server.js';
import type { KnownClient, NodeRedisClient } from './redis-clients.js';
import type { RedisServer, RedisServers } from './redis-link.js';

/** The servers that a client of the application knows. */
export function serversOf(known: KnownClient): RedisServers {
  if (known.kind === 'node-redis')
    return listed(
      () => [known.client],
      (client, place) => new NodeRedisServer(client, place),
    );
  if (known.kind === 'ioredis')
    return listed(
      () => [known.client],
      (client, place) => new IoRedisServer(client, place),
    );
  if (known.kind === 'ioredis-cluster')
    return listed(
      () => known.client.nodes('all'),
      (client, place) => new IoRedisServer(client, place),
    );
  const { client } = known;
  return listed(
    async () => {
      const nodes = [...client.masters, ...client.replicas];
      const clients = await Promise.all(nodes.map((node) => inTime(client.nodeClient(node as never))));
      return clients.filter((each) => each !== undefined);
    },
    (each, place) => new NodeRedisServer(each, place),
  );
}

/** The servers at these addresses, reached with the package `redis`; those of a Cluster name each other. */
export function serversAt(urls: readonly string[]): RedisServers {
  let made: Promise<NodeRedisClient[]> | undefined;
  return listed(
    () => (made ??= makeClients(urls)),
    (client, place) => new NodeRedisServer(client, place),
  );
}

// Milliseconds in which a client of a Cluster has to be connected to be of use.
const PATIENCE_MS = 1_000;

type Place = { readonly host: string; readonly port: number };

function listed<Client>(
  clients: () => readonly Client[] | Promise<readonly Client[]>,
  toServer: (client: Client, place?: Place) => RedisServer,
): RedisServers {
  const known = async () => (await clients()).map((client) => toServer(client));
  return {
    known,
    async at(host, port) {
      const found = (await known()).find(({ address }) => address === `${host}:${port}`);
      if (found !== undefined) return found;
      const [client] = await clients();
      if (client === undefined) throw new SseError('LOG_UNAVAILABLE', 'no server of the Cluster is known');
      return toServer(client, { host, port });
    },
  };
}

/** A client that its Cluster has at hand, or connects soon; it may go on to try one of a server that is gone for ever. */
async function inTime(
  client: NodeRedisClient | Promise<NodeRedisClient>,
): Promise<NodeRedisClient | undefined> {
  const over = new AbortController();
  const late = wait(PATIENCE_MS, over.signal).then(() => undefined);
  try {
    return await Promise.race([Promise.resolve(client).catch(() => undefined), late]);
  } finally {
    over.abort();
  }
}

async function makeClients(urls: readonly string[]): Promise<NodeRedisClient[]> {
  let createClient: (options: { url: string }) => unknown;
  try {
    ({ createClient } = (await import('redis')) as { createClient: typeof createClient });
  } catch (cause) {
    throw new SseError(
      'INVALID_OPTION',
      "redisLog({ url }) needs the package redis: npm install redis; or give it a client of ioredis as 'client'",
      { cause },
    );
  }
  return urls.map((url) => createClient({ url }) as NodeRedisClient);
}
