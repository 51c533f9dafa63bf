import type { NodeRequest } from './node-response.js';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The id of the last event that the client has seen: from the `Last-Event-ID` header or, on a first connection, from
 * `lastEventId` in the query. The header wins. Clients send it as UTF-8 (WHATWG HTML 9.2.3), Node reads headers as
 * Latin-1.
 */
export function lastEventIdOf(request: NodeRequest): string | undefined {
  const header = request.headers['last-event-id'];
  const id = typeof header === 'string' ? fromUtf8(header) : fromQuery(request.url ?? '');
  return id === '' ? undefined : id;
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
