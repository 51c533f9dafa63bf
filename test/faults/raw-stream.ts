import { connect, type Socket } from 'node:net';

const HEAD_END = '\r\n\r\n';

/** Told of what comes in a {@link RawStream}. */
export interface RawStreamListener {
  onHead(status: number): void;
  /** Called with the lines of each block of the body. */
  onBlock(block: string): void;
  /** The body has come to its end, or the connection was cut before it. */
  onEnd(end: 'complete' | 'cut'): void;
}

/** An event stream over a bare socket (HTTP/1.1, chunked): so small that thousands of them fit into one process. */
export class RawStream {
  readonly #socket: Socket;
  #pending = '';
  #isHeadRead = false;
  #isComplete = false;
  #text = '';

  constructor(
    port: number,
    path: string,
    lastEventId: string | undefined,
    private readonly listener: RawStreamListener,
  ) {
    const header = lastEventId === undefined ? '' : `Last-Event-ID: ${lastEventId}\r\n`;
    this.#socket = connect(port, '127.0.0.1')
      .setEncoding('latin1')
      .on('data', (text: unknown) => this.#read(text as string))
      // The cut itself is told by "close".
      .on('error', () => undefined)
      .on('close', () => listener.onEnd(this.#isComplete ? 'complete' : 'cut'));
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`);
  }

  leave(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#pending += text;
    if (!this.#isHeadRead && !this.#readHead()) return;
    while (this.#readChunk());
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop()!;
    for (const block of blocks) this.listener.onBlock(block);
  }

  #readHead(): boolean {
    const end = this.#pending.indexOf(HEAD_END);
    if (end === -1) return false;
    this.#isHeadRead = true;
    this.listener.onHead(Number(this.#pending.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)));
    this.#pending = this.#pending.slice(end + HEAD_END.length);
    return true;
  }

  #readChunk(): boolean {
    const sizeEnd = this.#pending.indexOf('\r\n');
    if (sizeEnd === -1) return false;
    const from = sizeEnd + 2;
    const to = from + Number.parseInt(this.#pending.slice(0, sizeEnd), 16);
    if (this.#pending.length < to + 2) return false;
    if (to === from) this.#isComplete = true;
    this.#text += this.#pending.slice(from, to);
    this.#pending = this.#pending.slice(to + 2);
    return true;
  }
}
