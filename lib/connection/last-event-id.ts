import { Buffer } from 'node:buffer';
import type { NodeRequest } from './node-response.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The id of the last event that the client has seen: from the `Last-Event-ID` header or, on a first connection, from
 * `lastEventId` in the query. The header wins. Clients send it as UTF-8 (WHATWG HTML 9.2.3), Node reads headers as
 * Latin-1.
 * @param limit characters that an id can have; of a longer one so much is kept that it is none
 */
export function lastEventIdOf(request: NodeRequest, limit: number): string | undefined {
  const header = request.headers['last-event-id'];
  const id = typeof header === 'string' ? fromUtf8(header) : fromQuery(request.url ?? '');
  if (id === undefined || id === '') return undefined;
  return id.length > limit ? cut(id, limit + 1) : id;
}

/** A copy: what is cut out of a string keeps that alive, for as long as the stream is open. */
function cut(id: string, length: number): string {
  return Buffer.from(id.slice(0, length)).toString();
}

function fromUtf8(header: string): string {
  try {
    return utf8.decode(Buffer.from(header, 'latin1'));
  } catch {
    return header;
  }
}

function fromQuery(url: string): string | undefined {
  const start = url.indexOf('?');
  if (start === -1) return undefined;
  return new URLSearchParams(url.slice(start + 1)).get('lastEventId') ?? undefined;
}
