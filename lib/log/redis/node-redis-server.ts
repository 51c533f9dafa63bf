import type { NodeRedisClient } from './redis-clients.js';
import type { LinkEvents, RedisLink, RedisServer } from './redis-link.js';

interface NodeRedisOptions {
  readonly socket?: { readonly host?: string; readonly port?: number };
}

/** A server as a client of the package `redis` reaches it, or another one by the same means. */
export class NodeRedisServer implements RedisServer {
  readonly address: string | undefined;

  constructor(
    private readonly client: NodeRedisClient,
    private readonly place?: { readonly host: string; readonly port: number },
  ) {
    const { host, port } = place ?? this.#options.socket ?? {};
    this.address = host === undefined ? undefined : `${host}:${port ?? 6379}`;
  }

  async connect(events: LinkEvents, signal: AbortSignal): Promise<RedisLink> {
    const socket = { ...this.#options.socket, ...this.place, reconnectStrategy: false };
    const client = this.client.duplicate({
      // It has been read into the socket's options, and would win over them.
      url: undefined,
      socket,
      disableOfflineQueue: true,
      commandOptions: undefined,
      keyPrefix: undefined,
    });
    const link = new NodeRedisLink(client, events);
    const giveUp = () => link.close();
    signal.addEventListener('abort', giveUp);
    try {
      await client.connect();
      if (signal.aborted) client.destroy();
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
    return link;
  }

  get #options(): NodeRedisOptions {
    return this.client.options ?? {};
  }
}

class NodeRedisLink implements RedisLink {
  #isOver = false;

  constructor(
    private readonly client: NodeRedisClient,
    private readonly events: LinkEvents,
  ) {
    client.on('error', () => this.close());
    client.on('end', () => this.close());
    // The slot has moved, and with it its channels.
    client.on('sharded-channel-moved', () => this.close());
  }

  send(command: readonly string[]): Promise<unknown> {
    return this.client.sendCommand(command);
  }

  async subscribe(channels: readonly string[]): Promise<void> {
    await this.client.sSubscribe([...channels], this.#onMessage);
  }

  async unsubscribe(channels: readonly string[]): Promise<void> {
    await this.client.sUnsubscribe([...channels]);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.client.destroy();
    } catch {
      // It is closed already.
    }
    this.events.onClosed();
  }

  readonly #onMessage = (message: string, channel: string): void => this.events.onMessage(channel, message);
}
