import type { Http2Session } from 'node:http2';
import { wait } from '../async/wait.js';

/**
 * The HTTP/2 sessions that have carried streams. A client keeps its session after a stream has ended, and a server
 * that closes waits for all sessions (Fastify's for 72 s).
 */
export class Sessions {
  readonly #sessions = new Set<Http2Session>();
  #areRetired = false;

  add(session: Http2Session | undefined): void {
    if (session === undefined || this.#sessions.has(session)) return;
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    if (this.#areRetired) session.close();
  }

  /** Resolves when all of them have closed, their last frames sent; or after so many milliseconds. */
  async untilClosed(milliseconds: number): Promise<void> {
    if (this.#sessions.size === 0) return;
    const over = new AbortController();
    const closed = Array.from(this.#sessions, (session) => closeOf(session));
    await Promise.race([Promise.all(closed), wait(milliseconds, over.signal)]);
    over.abort();
  }

  /**
   * Has clients open new sessions from now on; the present ones, and those that still come, end with their last stream
   * (RFC 9113 6.8, GOAWAY).
   */
  retire(): void {
    this.#areRetired = true;
    for (const session of this.#sessions) session.close();
  }
}

// Not events.once, which a session's error would have reject.
function closeOf(session: Http2Session): Promise<void> {
  return new Promise((resolve) => session.once('close', () => resolve()));
}
