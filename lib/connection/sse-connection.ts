import type { CloseReason } from '../errors/close-reason.js';
import type { SseEvent } from '../protocol/event.js';

/** One open event stream of one client, as handlers see it. */
export interface SseConnection {
  /** No other connection has it, on any node. */
  readonly id: string;
  /** The user whose stream this is, where the stream names one. */
  readonly user: string | undefined;
  /** The id that the client has sent to resume from (header or query); cut where it is longer than an id can be. */
  readonly lastEventId: string | undefined;
  /** The topics that it follows at present. */
  readonly topics: readonly string[];
  /** The id that a reconnect would resume from, once this follows topics: everything up to it has been written. */
  readonly position: string | undefined;
  /** When the request came, in milliseconds since 1970. */
  readonly connectedAt: number;
  /** The request as the platform's handlers have it, Express' or Fastify's, with what guards have put there. */
  readonly request: object;
  /** Aborted when the connection is over, also while its handler is still working. */
  readonly signal: AbortSignal;
  /** Why it is over; undefined before. */
  readonly closeReason: CloseReason | undefined;

  /**
   * Sends one event to this client; opens the stream if it is not open yet. Resolves when the client can take more.
   * What may be pending is bounded (option `maxSendQueue`): beyond it the connection is closed as `queue-full`.
   *
   * A hub stream takes no ids here: they would overwrite the position that the client resumes from.
   * @throws SseError (rejects with) the codes of `encodeEvent`; `INVALID_ID` on a hub stream; `CONNECTION_CLOSED` and
   * `QUEUE_FULL`, which need not be caught
   */
  send(event: SseEvent): Promise<void>;

  /**
   * Follows further topics: from now on where the stream is open, and otherwise from where it begins, which is after
   * the client's last id. After a reconnect the client follows what its handler subscribes to then. Resolves when they
   * are followed: everything that is published after that comes.
   * @throws SseError `INVALID_TOPIC`, `TOO_MANY_TOPICS`; `INVALID_ID` where an id of the application has been sent
   * before; (rejects with) `FORBIDDEN` where `authorize` refuses one of them, and then none is followed. Before the head
   * is sent that is also the answer to the request
   */
  subscribe(topics: string | readonly string[]): Promise<void>;

  /** Stops following topics. */
  unsubscribe(topics: string | readonly string[]): void;

  /**
   * Ends the stream at this time (a `Date`, or milliseconds since 1970), after what has been sent until then: what a
   * token allows, for instance. The client comes back by itself. The same as `expiresAt` of a hub stream; the last one
   * holds.
   * @throws SseError `INVALID_OPTION`
   */
  expireAt(time: Date | number): void;

  /** Ends the stream after what has been sent. The reason is told to `hub.connections$`, not to the client. */
  close(reason?: string): void;
}
