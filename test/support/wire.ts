import { connect as connectPlainly, type Socket } from 'node:net';
import { connect as connectByTls } from 'node:tls';

/** One connection to a server, and the bytes that have come over it: nothing interprets them but the test. */
export class Wire {
  /** Settled when the connection is over, however. */
  readonly ended: Promise<void>;
  #received: Buffer[] = [];
  #hasEnded = false;
  readonly #waiting = new Set<() => void>();

  private constructor(private readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.#received.push(bytes);
      this.#look();
    });
    // Told by its end.
    socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.#hasEnded = true;
        this.#look();
        resolve();
      });
    });
  }

  static to(origin: string): Wire {
    const { protocol, port } = new URL(origin);
    const target = { port: Number(port), host: '127.0.0.1' };
    if (protocol === 'http:') return new Wire(connectPlainly(target));
    return new Wire(connectByTls({ ...target, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }));
  }

  /** Everything that has come. */
  get bytes(): Buffer {
    if (this.#received.length > 1) this.#received = [Buffer.concat(this.#received)];
    return this.#received[0] ?? Buffer.alloc(0);
  }

  /** The same as text, one character a byte. */
  get text(): string {
    return this.bytes.toString('latin1');
  }

  send(text: string): this {
    this.socket.write(text);
    return this;
  }

  /** Sends requests for these paths, all at once. */
  ask(...paths: string[]): this {
    return this.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''));
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Sends nothing any more, and goes on reading. */
  finish(): void {
    this.socket.end();
  }

  leave(): void {
    this.socket.destroy();
  }

  /** Waits for what has come to meet a condition; rejects when the connection ends before. */
  until(condition: (text: string) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const isDone = (): boolean => {
        if (condition(this.text)) return true;
        if (this.#hasEnded) throw new Error(`the connection ended after:\n${this.text.slice(-2_000)}`);
        return false;
      };
      const look = () => {
        try {
          if (!isDone()) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  async untilText(text: string): Promise<void> {
    await this.until((received) => received.includes(text));
  }

  /** The answers that have come, the last of them as far as it has. */
  answers(): Answer[] {
    const answers: Answer[] = [];
    for (let rest = this.text; rest.includes('\r\n\r\n');) {
      const answer = readAnswer(rest);
      answers.push(answer);
      rest = answer.rest;
    }
    return answers;
  }

  /** One of the answers, the first by default, when it is whole. */
  async answer(index = 0): Promise<Answer> {
    await this.until(() => this.answers()[index]?.isComplete === true);
    return this.answers()[index]!;
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }
}

export interface Answer {
  readonly status: number;
  readonly head: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Everything behind the head that belongs to this answer, as UTF-8, without the framing of chunks. */
  readonly body: string;
  /** The data of each chunk; undefined where there are none. */
  readonly chunks: readonly string[] | undefined;
  /** Whether the end has come: the last chunk, or the bytes that the length says. What ends with the connection never is. */
  readonly isComplete: boolean;
  /** What is behind the answer, of the next. */
  readonly rest: string;
}

/** Reads an answer strictly: whatever is not as RFC 9112 says throws. */
function readAnswer(text: string): Answer {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0 || !/^HTTP\/1\.1 \d{3} /.test(text))
    throw new Error(`no head of an answer:\n${text.slice(0, 2_000)}`);
  const head = text.slice(0, end);
  const fields = head.split('\r\n').slice(1);
  const headers = Object.fromEntries(
    fields.map((field) => [
      field.slice(0, field.indexOf(':')).toLowerCase(),
      field.slice(field.indexOf(':') + 1).trim(),
    ]),
  );
  const behind = text.slice(end + 4);
  const answer = { status: Number(head.slice(9, 12)), head, headers };
  if (headers['transfer-encoding'] !== undefined) {
    const { data, isComplete, rest } = unframed(Buffer.from(behind, 'latin1'));
    return { ...answer, body: Buffer.concat(data).toString(), chunks: data.map(String), isComplete, rest };
  }
  const length = headers['content-length'] === undefined ? Infinity : Number(headers['content-length']);
  const body = Buffer.from(behind.slice(0, length), 'latin1').toString();
  const rest = behind.slice(length);
  return { ...answer, body, chunks: undefined, isComplete: behind.length >= length, rest };
}

/** The data of chunks as they are framed (RFC 9112 7.1); throws where the framing is not right. */
export function unframed(bytes: Uint8Array): { data: Buffer[]; isComplete: boolean; rest: string } {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Buffer[] = [];
  for (let at = 0; at < all.length;) {
    const lineEnd = all.indexOf('\r\n', at);
    if (lineEnd < 0) return { data, isComplete: false, rest: '' };
    const line = all.toString('latin1', at, lineEnd);
    if (!/^[0-9a-f]+$/i.test(line))
      throw new Error(`no size of a chunk: ${JSON.stringify(line.slice(0, 200))}`);
    const size = parseInt(line, 16);
    const from = lineEnd + 2;
    if (from + size + 2 > all.length) return { data, isComplete: false, rest: '' };
    if (all.toString('latin1', from + size, from + size + 2) !== '\r\n') {
      throw new Error(`a chunk of ${size} bytes does not end where it says`);
    }
    at = from + size + 2;
    if (size === 0) return { data, isComplete: true, rest: all.toString('latin1', at) };
    data.push(all.subarray(from, from + size));
  }
  return { data, isComplete: false, rest: '' };
}
