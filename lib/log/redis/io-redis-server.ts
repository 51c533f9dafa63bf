import type { IoRedisClient } from './redis-clients.js';
import type { LinkEvents, RedisLink, RedisServer } from './redis-link.js';

interface IoRedisOptions {
  readonly host?: string;
  readonly port?: number;
  readonly sentinels?: unknown;
}

/** A server as a client of the package `ioredis` reaches it, or another one by the same means. */
export class IoRedisServer implements RedisServer {
  readonly address: string | undefined;

  constructor(
    private readonly client: IoRedisClient,
    private readonly place?: { readonly host: string; readonly port: number },
  ) {
    const options: IoRedisOptions = client.options ?? {};
    const { host, port } = place ?? options;
    const isNamed = host !== undefined && (place !== undefined || !options.sentinels);
    this.address = isNamed ? `${host}:${port ?? 6379}` : undefined;
  }

  async connect(events: LinkEvents, signal: AbortSignal): Promise<RedisLink> {
    const client = this.client.duplicate({
      ...this.place,
      lazyConnect: true,
      retryStrategy: () => null,
      reconnectOnError: null,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: null,
      keyPrefix: '',
    });
    const link = new IoRedisLink(client, events);
    const giveUp = () => link.close();
    signal.addEventListener('abort', giveUp);
    try {
      await client.connect();
      if (signal.aborted) client.disconnect();
    } catch (error) {
      // It tells by an event what the server has said, and rejects with that it is closed.
      throw link.failure ?? error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    return link;
  }
}

class IoRedisLink implements RedisLink {
  #isOver = false;
  /** What went wrong first. */
  failure: unknown = undefined;

  constructor(
    private readonly client: IoRedisClient,
    private readonly events: LinkEvents,
  ) {
    client.on('error', (error: unknown) => {
      this.failure ??= error;
      this.close();
    });
    client.on('close', () => this.close());
    client.on('smessage', (channel: string, message: string) => events.onMessage(channel, message));
  }

  send([command, ...values]: readonly string[]): Promise<unknown> {
    return this.client.call(command!, ...values);
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    await this.client.ssubscribe(...channels);
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    await this.client.sunsubscribe(...channels);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.client.disconnect();
    this.events.onClosed();
  }
}
