import { setTimeout as delay } from 'node:timers/promises';
import { startRedis, type RedisServer } from '../../support/redis-server.js';

const PRIMARIES = 3;
const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1_000;

/** A Redis Cluster of a test's own: three primaries, and a replica for each. */
export class RedisCluster {
  private constructor(private readonly servers: readonly RedisServer[]) {}

  /** Resolves when all of its servers say that it is whole. */
  static async start(): Promise<RedisCluster> {
    const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(NODE_TIMEOUT_MS)];
    const start = () => startRedis(...options, '--cluster-replica-validity-factor', '0');
    const servers = await Promise.all(Array.from({ length: 2 * PRIMARIES }, start));
    const cluster = new RedisCluster(servers);
    try {
      await cluster.#join();
    } catch (error) {
      await cluster.end();
      throw error;
    }
    return cluster;
  }

  /** Three of its addresses. */
  get urls(): string[] {
    return this.servers.slice(0, PRIMARIES).map(({ url }) => url);
  }

  /** The primary that has the slot of a key now, as one that lives says. */
  async ownerOf(key: string, asked: RedisServer = this.servers.at(-1)!): Promise<RedisServer> {
    const slot = await slotOf(key, asked);
    for (const line of lines(await asked.command('CLUSTER', 'NODES'))) {
      const [, address, flags, , , , , ...ranges] = line.split(' ');
      if (!flags!.includes('master') || flags!.includes('fail')) continue;
      if (ranges.some((range) => isIn(slot, range))) return this.#at(address!);
    }
    throw new Error(`nobody has the slot ${slot}`);
  }

  /** The replicas of a primary. */
  async replicasOf(primary: RedisServer): Promise<RedisServer[]> {
    const id = await idOf(primary);
    const nodes = lines(await primary.command('CLUSTER', 'NODES')).map((line) => line.split(' '));
    return nodes.filter(([, , , of]) => of === id).map(([, address]) => this.#at(address!));
  }

  /** Moves the slot of a key to another primary, with what is in it; called step after step, as it goes on. */
  async moveSlot(key: string, onStep: () => Promise<void> = async () => undefined): Promise<void> {
    const from = await this.ownerOf(key);
    const slot = String(await slotOf(key, from));
    const to = (await this.#primaries(from)).find((each) => each !== from)!;
    const [fromId, toId] = [await idOf(from), await idOf(to)];
    await to.command('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId);
    await from.command('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId);
    for (;;) {
      const keys = lines(await from.command('CLUSTER', 'GETKEYSINSLOT', slot, '50'));
      if (keys.length === 0) break;
      await from.command('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys);
      await onStep();
    }
    for (const server of [to, from]) await server.command('CLUSTER', 'SETSLOT', slot, 'NODE', toId);
  }

  async end(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async #primaries(asked: RedisServer): Promise<RedisServer[]> {
    const nodes = lines(await asked.command('CLUSTER', 'NODES')).map((line) => line.split(' '));
    return nodes
      .filter(([, , flags]) => flags!.includes('master') && !flags!.includes('fail'))
      .map(([, address]) => this.#at(address!));
  }

  async #join(): Promise<void> {
    const [first] = this.servers;
    for (const server of this.servers)
      await server.command('CLUSTER', 'MEET', '127.0.0.1', String(first!.port));
    for (let number = 0; number < PRIMARIES; number++) {
      const from = Math.floor((number * SLOTS) / PRIMARIES);
      const to = Math.floor(((number + 1) * SLOTS) / PRIMARIES) - 1;
      await this.servers[number]!.command('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
    }
    await this.#untilAll('CLUSTER NODES', (text) => lines(text).length === this.servers.length);
    for (let number = 0; number < PRIMARIES; number++) {
      const id = await idOf(this.servers[number]!);
      await this.servers[PRIMARIES + number]!.command('CLUSTER', 'REPLICATE', id);
    }
    await this.#untilAll('CLUSTER INFO', (text) => /cluster_state:ok/.test(text));
    await this.#untilAll('CLUSTER NODES', (text) => text.split(' slave ').length - 1 === PRIMARIES);
    for (const replica of this.servers.slice(PRIMARIES)) {
      while (!/master_link_status:up/.test(await replica.command('INFO', 'replication'))) await delay(20);
    }
  }

  async #untilAll(command: string, isSo: (text: string) => boolean): Promise<void> {
    for (const server of this.servers)
      while (!isSo(withSpaces(await server.command(...command.split(' '))))) await delay(20);
  }

  #at(address: string): RedisServer {
    const port = Number(/:(\d+)@/.exec(address)![1]);
    return this.servers.find((server) => server.port === port)!;
  }
}

async function slotOf(key: string, server: RedisServer): Promise<number> {
  return Number(await server.command('CLUSTER', 'KEYSLOT', key));
}

async function idOf(server: RedisServer): Promise<string> {
  return (await server.command('CLUSTER', 'MYID')).trim();
}

function isIn(slot: number, range: string): boolean {
  if (range.startsWith('[')) return false;
  const [from, to = from] = range.split('-').map(Number);
  return slot >= from! && slot <= to!;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** A server's own line says "myself,slave". */
function withSpaces(text: string): string {
  return text.replaceAll('myself,', '');
}
