import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';
import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { ClientStream } from './client-stream.js';

export interface ClientRequest {
  /** @default 'GET' */
  method?: string;
  headers?: Record<string, string>;
  lastEventId?: string;
  /** Sent as JSON unless it is a string. */
  body?: unknown;
  /** Whether to leave the answer's body unread until `resume()`. */
  paused?: boolean;
}

/** A client of one server. It keeps its connections open between requests where the server does. */
export interface Client {
  /** Resolves with the head of the answer. */
  open(path: string, request?: ClientRequest): Promise<ClientStream>;
  /** Sends a request, leaves before there is an answer when the returned function is called, and expects none. */
  send(path: string, request?: ClientRequest): () => void;
  /** Cuts all connections. */
  close(): void;
}

export function createClient(origin: string, httpVersion: '1.1' | '2.0'): Client {
  return httpVersion === '2.0' ? new Http2Client(origin) : new Http1Client(origin);
}

class Http1Client implements Client {
  // Keep-alive, so that a "Connection: close" in an answer is the server's own wish.
  readonly #agent: Agent;

  constructor(private readonly origin: string) {
    const isSecure = origin.startsWith('https:');
    this.#agent = isSecure
      ? new TlsAgent({ keepAlive: true, rejectUnauthorized: false })
      : new Agent({ keepAlive: true });
  }

  open(path: string, request: ClientRequest = {}): Promise<ClientStream> {
    return new Promise((resolve, reject) => {
      const onResponse = (response: IncomingMessage) =>
        resolve(new ClientStream(response.statusCode!, response.headers, response, request.paused ?? false));
      this.#request(path, request).on('response', onResponse).on('error', reject);
    });
  }

  send(path: string, request: ClientRequest = {}): () => void {
    const sent = this.#request(path, request).on('error', () => undefined);
    return () => sent.destroy();
  }

  close(): void {
    this.#agent.destroy();
  }

  #request(path: string, request: ClientRequest) {
    const { method = 'GET' } = request;
    const { headers, body } = content(request);
    const url = new URL(path, this.origin);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return send(url, { method, headers, agent: this.#agent }).end(body);
  }
}

class Http2Client implements Client {
  #session: ClientHttp2Session | undefined = undefined;

  constructor(private readonly origin: string) {}

  open(path: string, request: ClientRequest = {}): Promise<ClientStream> {
    return new Promise((resolve, reject) => {
      const stream = this.#request(path, request);
      const onResponse = ({ ':status': status, ...headers }: IncomingHttpHeaders) =>
        resolve(new ClientStream(Number(status), withoutSymbols(headers), stream, request.paused ?? false));
      const onClose = () => reject(new Error(`the stream was closed with code ${stream.rstCode}`));
      stream.on('response', onResponse).on('error', reject).on('close', onClose);
    });
  }

  send(path: string, request: ClientRequest = {}): () => void {
    const stream = this.#request(path, request).on('error', () => undefined);
    return () => stream.close();
  }

  close(): void {
    this.#session?.destroy();
  }

  #request(path: string, request: ClientRequest) {
    const { method = 'GET' } = request;
    const { headers, body } = content(request);
    return this.#connected()
      .request({ ':method': method, ':path': path, ...headers })
      .end(body);
  }

  #connected(): ClientHttp2Session {
    if (this.#session === undefined || this.#session.closed || this.#session.destroyed) {
      this.#session = connect(this.origin, { rejectUnauthorized: false });
      // Told by the requests.
      this.#session.on('error', () => undefined);
    }
    return this.#session;
  }
}

// Node marks the headers that must not be indexed with a symbol.
function withoutSymbols(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers));
}

function content({ headers = {}, lastEventId, body }: ClientRequest) {
  const all: Record<string, string> = { ...headers };
  // A client sends UTF-8 (WHATWG HTML 9.2.3); Node writes headers as Latin-1.
  if (lastEventId !== undefined) all['last-event-id'] = Buffer.from(lastEventId).toString('latin1');
  if (body !== undefined && typeof body !== 'string') all['content-type'] = 'application/json';
  return { headers: all, body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body) };
}
