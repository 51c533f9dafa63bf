import { setTimeout as delay } from 'node:timers/promises';
import { startRedis, type RedisServer } from '../../support/redis-server.js';
import { TcpProxy } from '../tcp-proxy.js';

/** A primary, and a replica that hears of it through a proxy. */
export interface Replicas {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  /** What is between them. */
  readonly between: TcpProxy;
  end(): Promise<void>;
}

/** Resolves when the replica has what the primary has. */
export async function startReplicas(): Promise<Replicas> {
  const primary = await startRedis('--repl-diskless-sync-delay', '0');
  const between = await TcpProxy.start(primary.port);
  const replica = await startRedis('--replicaof', `127.0.0.1 ${between.port}`);
  const end = async () => {
    await Promise.all([primary.stop(), replica.stop()]);
    await between.close();
  };
  while (!/master_link_status:up/.test(await replica.command('INFO', 'replication'))) await delay(20);
  return { primary, replica, between, end };
}
