import type { SseConnection } from '../connection/sse-connection.js';

/** One open stream, as `hub.presence` tells of it. */
export interface Presence {
  /** The connection's id. */
  readonly id: string;
  readonly user: string | undefined;
  /** The topics that it follows. */
  readonly topics: readonly string[];
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
}

export function toPresence({ id, user, topics, connectedAt }: SseConnection): Presence {
  return { id, user, topics, connectedAt };
}
