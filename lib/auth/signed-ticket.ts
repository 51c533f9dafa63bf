import { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { SseError } from '../errors/sse-error.js';

/** What a ticket carries. */
export interface Ticket {
  /** 128 random bits, as 22 characters of base64url. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** The claims as JSON. */
  readonly claims: string;
}

/** Characters that a ticket may have: a URL with it fits where proxies take 8 KiB for a request's line. */
export const LONGEST_TICKET = 4_096;

// version (1 byte), expiry (6), id (16), claims (UTF-8), HMAC-SHA-256 of all that is before it (32)
const VERSION = 1;
const EXPIRY = 1;
const ID = 7;
const CLAIMS = 23;
const MAC_BYTES = 32;

// Signed with every ticket, so that nothing else which the same secret signs can pass for one.
const PURPOSE = 'nestjs-sse-hub ticket\0';

/** A ticket as it travels: base64url without padding (RFC 4648, 5), signed with HMAC-SHA-256 (RFC 2104). */
export function signTicket({ id, expiresAt, claims }: Ticket, key: KeyObject): string {
  const head = Buffer.alloc(CLAIMS);
  head[0] = VERSION;
  head.writeUIntBE(expiresAt, EXPIRY, ID - EXPIRY);
  head.write(id, ID, 'base64url');
  const signed = Buffer.concat([head, Buffer.from(claims)]);
  return Buffer.concat([signed, macOf(signed, key)]).toString('base64url');
}

/**
 * Reads a ticket that was signed with one of the keys. Its length is checked before its bytes are looked at, its
 * signature before what they say.
 * @throws SseError `INVALID_TICKET`
 */
export function readTicket(text: unknown, keys: readonly KeyObject[]): Ticket {
  const bytes = toBytes(text);
  const signed = bytes.subarray(0, -MAC_BYTES);
  const mac = bytes.subarray(-MAC_BYTES);
  if (!keys.some((key) => timingSafeEqual(mac, macOf(signed, key)))) {
    throw invalidTicket('it was signed with another secret, or has been changed');
  }
  if (signed[0] !== VERSION)
    throw invalidTicket(`its version is ${signed[0]}, but this release reads ${VERSION}`);
  return {
    id: signed.toString('base64url', ID, CLAIMS),
    expiresAt: signed.readUIntBE(EXPIRY, ID - EXPIRY),
    claims: signed.toString('utf8', CLAIMS),
  };
}

/** Tells developers what is wrong; whoever brings the ticket should be told no more than that it is not valid. */
export function invalidTicket(why: string): SseError {
  return new SseError('INVALID_TICKET', `the ticket is not valid: ${why}`);
}

function toBytes(text: unknown): Buffer {
  if (typeof text !== 'string') throw invalidTicket(`it must be a string, but is of type ${typeof text}`);
  if (text.length > LONGEST_TICKET) throw invalidTicket(`it has more than ${LONGEST_TICKET} characters`);
  const bytes = Buffer.from(text, 'base64url');
  // Node skips what is no base64url; each ticket has one spelling.
  const isTicket = bytes.length > CLAIMS + MAC_BYTES && bytes.toString('base64url') === text;
  if (!isTicket) throw invalidTicket('it does not have the shape of what issue() returns');
  return bytes;
}

function macOf(signed: Uint8Array, key: KeyObject): Buffer {
  return createHmac('sha256', key).update(PURPOSE).update(signed).digest();
}
