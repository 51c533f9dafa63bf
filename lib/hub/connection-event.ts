import type { SseConnection } from '../connection/sse-connection.js';
import type { CloseReason } from '../errors/close-reason.js';

/** What `hub.connections$` tells: a stream has been opened, or has ended and why. */
export type ConnectionEvent =
  | { readonly type: 'connect'; readonly connection: SseConnection }
  | {
      readonly type: 'disconnect';
      readonly connection: SseConnection;
      readonly reason: CloseReason;
      /** What `connection.close(reason)` or `hub.disconnect(user, reason)` was given. */
      readonly detail: string | undefined;
    };
