import { randomBytes } from 'node:crypto';
import { SseError } from '../errors/sse-error.js';
import { invalidTicket, LONGEST_TICKET, readTicket, signTicket } from './signed-ticket.js';
import { resolveTicketOptions, type ResolvedTicketOptions, type TicketOptions } from './ticket-options.js';

/**
 * One-time tickets for the query of a stream's URL, since `EventSource` can send no headers. A route behind the
 * application's own authentication issues one; the guard of the stream redeems it, once. What is left of it in logs
 * and in the browser's history opens nothing any more.
 *
 * A ticket is for one connection. A browser that reconnects by itself sends the same one again and is refused: the page
 * then asks for another and names the last id that it has seen in `lastEventId` of the query.
 *
 * Claims are signed, not encrypted: whoever has the ticket can read them.
 */
export class SseTickets<Claims = unknown> {
  readonly #options: ResolvedTicketOptions;

  /** @throws SseError `INVALID_OPTION` */
  constructor(options: TicketOptions) {
    this.#options = resolveTicketOptions(options);
  }

  /**
   * Issues a ticket: at most 4,096 characters of `A-Z a-z 0-9 - _`, which need no escaping in a URL.
   * @param claims what {@link redeem} gives back, as JSON has it: a `Date` comes back as a string
   * @throws SseError `INVALID_DATA` when JSON cannot say them, or they are too large (some 3,000 bytes of JSON)
   */
  issue(claims: Claims): string {
    const { keys, ttl } = this.#options;
    const id = randomBytes(16).toString('base64url');
    const ticket = signTicket({ id, expiresAt: Date.now() + ttl, claims: toJson(claims) }, keys[0]);
    if (ticket.length <= LONGEST_TICKET) return ticket;
    throw new SseError(
      'INVALID_DATA',
      `a ticket may have ${LONGEST_TICKET} characters, but with these claims it has ${ticket.length}; put an id into the claims and keep the rest on the server`,
    );
  }

  /**
   * Takes a ticket and gives its claims, the first time; of calls at the same time one wins. Answer everything else
   * with 401 and no details: the message says what is wrong, for developers.
   * @param ticket what came in the query, of whatever type
   * @throws SseError (rejects with) `INVALID_TICKET`: not issued with one of the secrets, changed, expired by this
   * node's clock, or used; and whatever the store rejects with
   */
  async redeem(ticket: unknown): Promise<Claims> {
    const { keys, store } = this.#options;
    const { id, expiresAt, claims } = readTicket(ticket, keys);
    if (expiresAt <= Date.now()) throw invalidTicket('it has expired; issue one right before it is needed');
    // A store in plain JavaScript may answer with anything.
    const isFirst: unknown = await store.use(id, expiresAt);
    if (isFirst !== true) throw invalidTicket('it has been used; issue one for each connection');
    return JSON.parse(claims) as Claims;
  }
}

function toJson(claims: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(claims);
  } catch (cause) {
    throw new SseError('INVALID_DATA', 'the claims of a ticket must be JSON, which these cannot become', {
      cause,
    });
  }
  if (json !== undefined) return json;
  throw new SseError('INVALID_DATA', `the claims of a ticket must be JSON, but are of type ${typeof claims}`);
}
