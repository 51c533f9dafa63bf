import { SseError } from '../../errors/sse-error.js';
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
      return Promise.all(nodes.map(async (node) => client.nodeClient(node as never)));
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
