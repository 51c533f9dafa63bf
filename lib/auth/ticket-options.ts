import { Buffer } from 'node:buffer';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { shown, SseError } from '../errors/sse-error.js';
import { checkDelay, checkFunction, checkKeys } from '../options/check.js';
import { MemoryTicketStore } from './memory-ticket-store.js';
import type { TicketStore } from './ticket-store.js';

/** What tickets are signed with: at least 32 bytes, of a string the bytes of its UTF-8. */
export type TicketSecret = string | Uint8Array;

export interface TicketOptions {
  /**
   * The secret, the same on all nodes; or several, of which the first signs and all are accepted: put a new one in
   * front, and take the old one away when `ttl` has passed. 32 random bytes: `openssl rand -base64 32`.
   */
  secret: TicketSecret | readonly TicketSecret[];

  /**
   * Milliseconds for which a ticket can be used, from 1 to 2_147_483_647. It has to last from the page's request to
   * the `new EventSource` right after it.
   * @default 30_000
   */
  ttl?: number;

  /**
   * Remembers which tickets have been used. By default it is the memory of this process, which other nodes do not
   * know: with several of them, share one.
   * @default the memory of this process, for as long as a used ticket has not expired
   */
  store?: TicketStore;
}

/** {@link TicketOptions} with every default filled in. */
export interface ResolvedTicketOptions {
  readonly keys: readonly [KeyObject, ...KeyObject[]];
  readonly ttl: number;
  readonly store: TicketStore;
}

// As long as the digest, below which HMAC loses strength (RFC 2104, 3).
const SECRET_BYTES = 32;

/**
 * Checks the options and fills in the defaults.
 * @throws SseError `INVALID_OPTION`
 */
export function resolveTicketOptions(options: TicketOptions): ResolvedTicketOptions {
  checkKeys('SseTickets', options, ['secret', 'ttl', 'store']);
  const { secret, ttl = 30_000, store = new MemoryTicketStore() } = options;
  return {
    keys: toKeys(secret),
    ttl: checkDelay('ttl', ttl, 1),
    store: checkStore(store),
  };
}

function toKeys(secret: TicketOptions['secret']): ResolvedTicketOptions['keys'] {
  const secrets = Array.isArray(secret) ? (secret as readonly TicketSecret[]) : [secret as TicketSecret];
  const [first, ...others] = secrets.map(toKey);
  if (first === undefined) {
    throw new SseError('INVALID_OPTION', 'secret must hold at least one secret, but is an empty array');
  }
  return [first, ...others];
}

/** No message shows a secret, not even a bad one. */
function toKey(secret: TicketSecret): KeyObject {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) {
    throw new SseError(
      'INVALID_OPTION',
      `secret must be a string or a Uint8Array of at least ${SECRET_BYTES} bytes, but is of type ${typeof secret}; make one with openssl rand -base64 32`,
    );
  }
  // A copy: what the caller does with its bytes afterwards changes no key.
  const bytes = Buffer.from(secret as Uint8Array);
  if (bytes.length < SECRET_BYTES) {
    throw new SseError(
      'INVALID_OPTION',
      `secret must have at least ${SECRET_BYTES} bytes, but has ${bytes.length}; make one with openssl rand -base64 32`,
    );
  }
  return createSecretKey(bytes);
}

function checkStore(store: TicketStore): TicketStore {
  if (typeof store !== 'object' || store === null) {
    throw new SseError(
      'INVALID_OPTION',
      `store must be an object with use(id, expiresAt), but is ${shown(store)}`,
    );
  }
  checkFunction('store.use', (store as { use: unknown }).use);
  return store;
}
