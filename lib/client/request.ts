import { shown } from '../errors/sse-error.js';
import { utf8Length } from '../protocol/utf8.js';
import { SseClientError } from './client-error.js';
import type { Asked, RequestBody, RequestHeaders, ResolvedClientOptions } from './client-options.js';
import { withoutTimeouts } from './node-dispatcher.js';

/** What `fetch` is called with. */
export interface ClientRequest {
  readonly url: string;
  readonly init: RequestInit;
}

/** Where a client connects to, or a function that is asked for it for each attempt. */
export type SseClientUrl = Asked<string | URL>;

/** A request that cannot be made; there is no sense in trying again. */
export class UnusableRequest extends SseClientError {}

/** Makes the requests of a client, one for each attempt. */
export class RequestMaker {
  #isBodyUsed = false;

  constructor(
    private readonly url: SseClientUrl,
    private readonly options: ResolvedClientOptions,
  ) {}

  /**
   * The next request. What the application's functions throw is thrown as it is.
   * @throws UnusableRequest `INVALID_OPTION`, `BODY_USED`
   */
  async make(lastEventId: string): Promise<ClientRequest> {
    const { method, init } = this.options;
    const url = resolvedUrl(await asked(this.url));
    const headers = checkedHeaders(await asked(this.options.headers));
    if (!headers.has('accept')) headers.set('accept', 'text/event-stream');
    if (lastEventId !== '' && isSendable(lastEventId)) headers.set('last-event-id', headerOf(lastEventId));
    const body = this.#once(await asked(this.options.body));
    const withoutBody = { cache: 'no-store', ...init, method, headers } as RequestInit;
    // Another fetch may take what the platform's does not.
    if (this.options.fetch === undefined) checkRequest(url, withoutBody);
    const request = {
      ...withoutTimeouts(),
      ...withoutBody,
      ...(body === undefined ? {} : { body }),
      // Required where the body is a stream: the answer comes when all of it has been sent (fetch, 5.4).
      ...(isStream(body) ? { duplex: 'half' } : {}),
    };
    return { url, init: request as RequestInit };
  }

  #once(body: RequestBody | undefined): RequestBody | undefined {
    if (!isStream(body) || typeof this.options.body === 'function') return body;
    if (this.#isBodyUsed) {
      throw new UnusableRequest(
        'BODY_USED',
        'the body is a stream, which has been sent and cannot be sent again; give a function that returns a new one',
      );
    }
    this.#isBodyUsed = true;
    return body;
  }
}

/**
 * Whether an id comes through HTTP as it is: its bytes are a header's value (RFC 9110 5.5), which has no control
 * characters but the tab, and no blank at its ends.
 */
export function isSendable(id: string): boolean {
  // oxlint-disable-next-line no-control-regex -- exactly these may not be sent
  return !/[\0-\x08\x0a-\x1f\x7f]|^[\t ]|[\t ]$/.test(id);
}

/** Headers are bytes, which fetch takes as characters up to U+00FF: those of the id's UTF-8 (WHATWG HTML 9.2.3). */
function headerOf(id: string): string {
  if (utf8Length(id) === id.length) return id;
  return Array.from(new TextEncoder().encode(id), (byte) => String.fromCharCode(byte)).join('');
}

function asked<T>(value: Asked<T>): T | PromiseLike<T> {
  return typeof value === 'function' ? (value as () => T | PromiseLike<T>)() : value;
}

function resolvedUrl(url: string | URL): string {
  // Only pages have a place that a URL may be relative to.
  const { location } = globalThis as { readonly location?: { readonly href: string } };
  try {
    return new URL(url, location?.href).href;
  } catch (cause) {
    throw unusable(`the url must be an absolute URL, but is ${shown(url)}`, cause);
  }
}

/** What fetch would refuse however often it is asked. */
function checkRequest(url: string, init: RequestInit): void {
  const { protocol, username, password } = new URL(url);
  if (!/^(?:https?|data|blob):$/.test(protocol))
    throw unusable(`the url must be one of http: or https:, but is of ${protocol}`);
  if (username !== '' || password !== '')
    throw unusable(
      'fetch takes no url with a user or a password in it; send them as the header authorization',
    );
  try {
    void new Request(url, init);
  } catch (cause) {
    throw unusable(`fetch cannot make this request: ${(cause as Error).message}`, cause);
  }
}

function checkedHeaders(headers: RequestHeaders | undefined): Headers {
  try {
    return new Headers(headers);
  } catch (cause) {
    throw unusable(`headers are not what fetch takes: ${(cause as Error).message}`, cause);
  }
}

function unusable(message: string, cause?: unknown): UnusableRequest {
  return new UnusableRequest('INVALID_OPTION', message, cause === undefined ? {} : { cause });
}

function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  return body instanceof ReadableStream || (Symbol.asyncIterator in body && !(Symbol.iterator in body));
}
