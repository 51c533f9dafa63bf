/** What a connection tells. */
export interface LinkEvents {
  /** A message of a sharded channel that it has subscribed to. */
  onMessage(channel: string, message: string): void;
  /** It is over; told once, also where it was closed on purpose. */
  onClosed(): void;
}

/** One connection to one server; when it is over, another is made. */
export interface RedisLink {
  /** Sends a command and answers with the reply; keeps nothing for later where the connection is gone. */
  send(command: readonly string[]): Promise<unknown>;
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channels: readonly string[]): Promise<void>;
  close(): void;
}

/** A server that can be connected to. */
export interface RedisServer {
  /** `host:port`; where it is not known, the server is found by other means, a Sentinel for instance. */
  readonly address: string | undefined;
  /** @param signal gives an attempt up, at which the server may never answer */
  connect(events: LinkEvents, signal: AbortSignal): Promise<RedisLink>;
}

/** Where servers come from: what the application has given. */
export interface RedisServers {
  /** Those that are known now, in the order in which they are to be tried. */
  known(): Promise<readonly RedisServer[]>;
  /** The one that another has named. */
  at(host: string, port: number): Promise<RedisServer>;
}
