import type { Http2Session } from 'node:http2';

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

  /**
   * Has clients open new sessions from now on; the present ones, and those that still come, end with their last stream
   * (RFC 9113 6.8, GOAWAY).
   */
  retire(): void {
    this.#areRetired = true;
    for (const session of this.#sessions) session.close();
  }
}
