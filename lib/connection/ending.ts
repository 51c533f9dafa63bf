import type { CloseReason } from '../errors/close-reason.js';

/** How a stream ends. */
export interface Ending {
  readonly reason: CloseReason;
  /** What the application has said of it. */
  readonly detail?: string | undefined;
  /** Milliseconds after which the client is to come back, where that is another time than usual. */
  readonly retry?: number;
}
