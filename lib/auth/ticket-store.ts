/**
 * Remembers which tickets have been used. Nodes that shall accept each other's tickets, each once, share one; in Redis
 * it is one command, with a minute for clocks that differ:
 *
 * ```ts
 * const store: TicketStore = {
 *   use: async (id, expiresAt) =>
 *     (await redis.set(`ticket:${id}`, '', { NX: true, PXAT: expiresAt + 60_000 })) === 'OK',
 * };
 * ```
 */
export interface TicketStore {
  /**
   * Notes that a ticket is used, and tells whether it is the first time. Of calls at the same time with the same id,
   * on whatever node, exactly one answers true; anything else than true refuses the ticket, and so does an error, with
   * which `redeem` then rejects.
   *
   * @param id 22 characters of base64url
   * @param expiresAt milliseconds since 1970, an integer; from then on, by the clocks of all nodes, the id may be forgotten
   */
  use(id: string, expiresAt: number): boolean | Promise<boolean>;
}
