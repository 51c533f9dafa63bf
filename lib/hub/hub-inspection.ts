import type { Connection } from '../connection/connection.js';
import { checkInteger, checkKeys } from '../options/check.js';

export interface InspectOptions {
  /**
   * How many streams and topics are listed at the most, those first that came first.
   * @default 1_000
   */
  limit?: number;
}

/** @throws SseError `INVALID_OPTION` */
export function resolveInspectLimit(options: InspectOptions): number {
  checkKeys('hub.inspect', options, ['limit']);
  const { limit = 1_000 } = options;
  return checkInteger('limit', limit, 0, true);
}

/** The streams and topics of this node at a moment, for a page of operators: it names users and addresses. */
export interface HubInspection {
  /** How many there are; the lists may be shorter. */
  readonly total: { readonly streams: number; readonly topics: number };
  readonly streams: readonly InspectedStream[];
  /** Public topics that somebody follows. */
  readonly topics: readonly InspectedTopic[];
}

export interface InspectedStream {
  /** The connection's id. */
  readonly id: string;
  readonly user: string | undefined;
  /** Where the client is, as the platform trusts it. */
  readonly address: string | undefined;
  readonly topics: readonly string[];
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  readonly position: string | undefined;
  /** Whether it follows topics and has not yet been written everything that is new. */
  readonly isLagging: boolean;
  /** Bytes that wait for the client to take them. */
  readonly pendingBytes: number;
}

export interface InspectedTopic {
  readonly topic: string;
  /** How many streams follow it. */
  readonly streams: number;
  /** Events that came since the first of those that follow it now did. */
  readonly published: number;
}

export function toInspectedStream(connection: Connection): InspectedStream {
  const { id, user, address, topics, connectedAt, position, isLagging, pendingBytes } = connection;
  return { id, user, address, topics, connectedAt, position, isLagging, pendingBytes };
}
