import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { ROOT } from './documents.js';
import { transpile } from './transpile.js';

/** A request as it came. */
export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  /** Names in small letters; the bytes of values are characters (Latin-1). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One request and what is answered to it, byte by byte. */
export class Exchange {
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>;
  #isChunked = false;

  constructor(
    readonly request: ScriptedRequest,
    private readonly socket: Socket,
  ) {
    // Not `once` of Node, which is rejected where the connection has broken.
    this.closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  }

  get isClosed(): boolean {
    return this.socket.closed;
  }

  /** The head of an answer whose body ends with the connection. */
  head(status = 200, headers: Readonly<Record<string, string>> = EVENT_STREAM): void {
    const lines = Object.entries({ connection: 'close', ...headers }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    this.send(`HTTP/1.1 ${status} Whatever\r\n${lines.join('')}\r\n`);
  }

  /** Bytes as they are; text as UTF-8. */
  send(bytes: string | Uint8Array): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Bytes, and resolves when the client has taken them. */
  async sent(bytes: string | Uint8Array): Promise<void> {
    if (!this.socket.writable || this.socket.write(bytes)) return;
    await Promise.race([new Promise((resolve) => this.socket.once('drain', resolve)), this.closed]);
  }

  /**
   * A chunk of a body that is not whole before the one without bytes; the first has the head in front of it. Kept alive,
   * since Node's fetch takes whatever end of a connection that is to be closed for the end of the body.
   */
  chunk(text: string): void {
    if (!this.#isChunked)
      this.head(200, { ...EVENT_STREAM, 'transfer-encoding': 'chunked', connection: 'keep-alive' });
    this.#isChunked = true;
    this.send(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
  }

  end(): void {
    this.socket.end();
  }

  /** Breaks the connection, so that the other side has an error. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** A whole answer that is an event stream. */
  stream(...blocks: readonly string[]): void {
    this.head();
    for (const block of blocks) this.send(`${block}\n\n`);
  }

  /** An answer that is none. */
  answer(status: number, headers: Readonly<Record<string, string>> = {}, body = ''): void {
    this.head(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
    this.send(body);
    this.end();
  }
}

const EVENT_STREAM = { 'content-type': 'text/event-stream' };

/** Answers the request; told which it is, from 0 on. */
export type Script = (exchange: Exchange, index: number) => unknown;

/** A server that answers byte by byte what a script says, and can do everything wrong. */
export class ScriptedServer {
  readonly requests: ScriptedRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #arrived: (() => void)[] = [];

  private constructor(private readonly script: Script) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
      void this.#serve(socket);
    });
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.origin}/sse`;
  }

  /** Resolves when so many requests have come. */
  async until(count: number): Promise<void> {
    while (this.requests.length < count) await new Promise<void>((resolve) => this.#arrived.push(resolve));
  }

  /** Resolves when no connection is open any more, and what the scripts did on them is done. */
  async idle(): Promise<void> {
    while (this.#sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setImmediate(resolve));
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #serve(socket: Socket): Promise<void> {
    const request = await readRequest(socket).catch(() => undefined);
    if (request === undefined) return;
    const file = fileFor(request.path);
    if (file !== undefined) {
      new Exchange(request, socket).answer(200, { 'content-type': file.type }, file.text);
      return;
    }
    const index = this.requests.push(request) - 1;
    for (const resolve of this.#arrived.splice(0)) resolve();
    await this.script(new Exchange(request, socket), index);
  }
}

async function readRequest(socket: Socket): Promise<ScriptedRequest | undefined> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end === -1) continue;
    const [first = '', ...lines] = text.slice(0, end).split('\r\n');
    const [method = '', path = ''] = first.split(' ');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    const body = text.slice(end + 4);
    const isChunked = headers['transfer-encoding'] === 'chunked';
    const isWhole = isChunked
      ? body.endsWith('0\r\n\r\n')
      : body.length >= Number(headers['content-length'] ?? 0);
    if (isWhole) return { method, path, headers, body };
  }
  return undefined;
}

/** A page, and for what it imports the library and the tests' kit: the sources without their types. */
function fileFor(path: string): { type: string; text: string } | undefined {
  if (path === '/page')
    return { type: 'text/html', text: '<!doctype html><link rel=icon href="data:,"><title>page</title>' };
  const match = /^\/((?:lib|test\/client)\/[\w/.-]+)\.js$/.exec(path);
  const file = match && join(ROOT, `${match[1]!}.ts`);
  if (!file || !existsSync(file)) return undefined;
  let text = scripts.get(file);
  if (text === undefined) {
    text = transpile(readFileSync(file, 'utf8'));
    scripts.set(file, text);
  }
  return { type: 'text/javascript', text };
}

// Every page imports the same.
const scripts = new Map<string, string>();
