import type { CloseReason } from '../errors/close-reason.js';
import type { ErrorOrigin } from '../options/hub-options.js';
import type { HeartbeatWheel } from './heartbeat.js';
import type { SseConnection } from './sse-connection.js';
import type { Turn } from './turn.js';

/** What a connection needs of its hub. */
export interface ConnectionHost<C extends SseConnection = SseConnection> {
  readonly wheel: HeartbeatWheel;
  readonly turn: Turn;
  /** Whether bytes may go past a response to its socket, where they can. */
  readonly rawWrites: boolean;
  readonly drainTimeout: number;
  /** Characters of a client's last event id that are kept. */
  readonly lastEventIdLength: number;
  /** What has been written, counted by the connections. */
  readonly traffic: { bytes: number };
  readonly serialize: ((data: unknown) => string) | undefined;
  onError(error: unknown, origin: ErrorOrigin): void;
  /** A request has come; its head has not been sent. */
  onPrepared(connection: C): void;
  /** It was over before its head was sent. */
  onAbandoned(connection: C): void;
  /** The head has been sent. */
  onOpened(connection: C): void;
  /** No more events; only of a connection that was opened. */
  onClosed(connection: C, reason: CloseReason, detail: string | undefined): void;
  /** The response is over too; only of a connection that was opened. */
  onReleased(connection: C): void;
  subscribe(connection: C, topics: string | readonly string[]): Promise<void>;
  unsubscribe(connection: C, topics: string | readonly string[]): void;
}

/** What feeds a connection that follows topics. */
export interface ConnectionFeed {
  readonly topics: readonly string[];
  /** The id that a reconnect would resume from; undefined while that is not known. */
  readonly position: string | undefined;
  /** Whether everything up to now has been written. */
  readonly isLive: boolean;
  /** The same as the position, while everything up to now has been written; undefined while the feed is behind. */
  readonly caughtUpPosition: string | undefined;
  /** The connection can take bytes: it has just been opened, or has drained. */
  onWritable(): void;
  /** The connection is about to end: writes what is new by now. */
  flush(): void;
  onClosed(): void;
}

/** A source that emits into a connection, to be stopped when that closes. */
export interface RunningSource {
  stop(): void;
}
