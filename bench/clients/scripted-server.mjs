import { once } from 'node:events';
import { createServer } from 'node:net';

/** A server that answers each request with bytes as a script has them, and keeps what it was asked. */
export class ScriptedServer {
  /** What was asked: when (by `performance.now()`), the method, the headers with the bytes of their values, the body. */
  requests = [];
  #sockets = new Set();
  #server = createServer((socket) => this.#serve(socket));
  #answer;

  /** @param answer called with each request's socket, and its number from 0 on */
  static async start(answer) {
    const server = new ScriptedServer();
    server.#answer = answer;
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/`;
  }

  async stop() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #serve(socket) {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    // A client that goes is no failure.
    socket.on('error', () => undefined);
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const request = readRequest(bytes);
      if (request === undefined) return;
      bytes = Buffer.alloc(0);
      this.requests.push({ at: performance.now(), ...request });
      this.#answer(socket, this.requests.length - 1);
    });
  }
}

/** The request that has come; undefined while some of it is to come. */
function readRequest(bytes) {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(lines.map(toHeader));
  const rest = bytes.toString('latin1', end + 4);
  const body = headers.has('transfer-encoding') ? unchunked(rest) : rest;
  if (body === undefined || body.length < Number(headers.get('content-length') ?? 0)) return undefined;
  return { method: first.split(' ', 1)[0], headers, body };
}

function toHeader(line) {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function unchunked(text) {
  if (!text.endsWith('0\r\n\r\n')) return undefined;
  return text.replaceAll(/[0-9a-f]+\r\n([\s\S]*?)\r\n/gi, '$1');
}
