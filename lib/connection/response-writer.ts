import type { Chunk } from './chunk.js';

/**
 * The port to an open response: where a connection's bytes go.
 *
 * - `write` MUST take the bytes whole and in order, MUST NOT change or keep them longer than it takes to send them
 *   (they are shared by many connections), and answers whether more can be taken at once. After `false`, `onDrain` of
 *   the listener is called once more can be taken.
 * - What is written between `cork` and `uncork` SHOULD leave in one write; `end` uncorks.
 * - `end` sends what is pending and ends the response; `destroy` drops it. Neither throws, however often called.
 * - `onEnded` is called when an HTTP/1.1 response is given its end, by whomever: nothing may be written behind it, since
 *   the socket may be the next response's by then.
 * - `onGone` is called exactly once, when the response is over: sent whole, or the client has left.
 */
export interface ResponseWriter {
  write(chunk: Chunk): boolean;
  /** Bytes that were written and not yet taken by the system. */
  readonly pending: number;
  cork(): void;
  uncork(): void;
  end(): void;
  destroy(): void;
}

/** Who is told what becomes of a response. */
export interface ResponseListener {
  onDrain(): void;
  onEnded(): void;
  onGone(): void;
}
