import type { IncomingMessage } from 'node:http';
import { constants, type ClientHttp2Stream } from 'node:http2';
import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** An event as an independent decoder has read it. */
export type ReceivedEvent = EventSourceMessage;

/** How an answer has ended for the client: with its last byte, or before. */
export type StreamEnd = 'complete' | 'cut';

interface Waiter {
  look(): boolean;
  giveUp(): void;
}

/** The answer to one request, from its head on, as a client sees it. The same for HTTP/1.1 and HTTP/2. */
export class ClientStream {
  /** The body so far, as it was on the wire. */
  text = '';
  readonly events: ReceivedEvent[] = [];
  readonly comments: string[] = [];
  readonly retries: number[] = [];
  readonly ended: Promise<StreamEnd>;
  #end: StreamEnd | undefined = undefined;
  #taken = 0;
  readonly #waiters = new Set<Waiter>();

  constructor(
    readonly status: number,
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
    private readonly body: IncomingMessage | ClientHttp2Stream,
    paused: boolean,
  ) {
    this.ended = this.#read();
    if (!paused) body.resume();
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** The next event that was not asked for yet; rejects when the stream ends without another. */
  async nextEvent(): Promise<ReceivedEvent> {
    const index = this.#taken++;
    await this.until(() => this.events.length > index);
    return this.events[index]!;
  }

  /** The data of the next events. */
  async nextData(count: number): Promise<string[]> {
    const data: string[] = [];
    while (data.length < count) data.push((await this.nextEvent()).data);
    return data;
  }

  /** Waits until what has been received meets a condition; rejects when the stream ends before. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        look: () => {
          if (!condition()) return false;
          resolve();
          return true;
        },
        giveUp: () => reject(new Error(`the stream was ${this.#end} after:\n${this.text}`)),
      };
      if (waiter.look()) return;
      if (this.hasEnded) waiter.giveUp();
      else this.#waiters.add(waiter);
    });
  }

  /** Waits for a text on the wire. */
  async untilText(text: string): Promise<void> {
    await this.until(() => this.text.includes(text));
  }

  /** The whole body, when it has ended as it should. */
  async whole(): Promise<string> {
    if ((await this.ended) === 'complete') return this.text;
    throw new Error(`the stream was cut after:\n${this.text}`);
  }

  /** The whole body as JSON. */
  async json(): Promise<unknown> {
    return JSON.parse(await this.whole());
  }

  /** Stops reading from the connection: what the server sends fills the buffers on the way. */
  pause(): void {
    this.body.pause();
  }

  resume(): void {
    this.body.resume();
  }

  /** Leaves, as a browser does that closes its EventSource. */
  leave(): void {
    if ('rstCode' in this.body) this.body.close(constants.NGHTTP2_CANCEL);
    else this.body.destroy();
  }

  #read(): Promise<StreamEnd> {
    const parser = createParser({
      onEvent: (event) => this.events.push(event),
      onComment: (comment) => this.comments.push(comment),
      onRetry: (retry) => this.retries.push(retry),
    });
    // Not setEncoding(): an answer that is compressed by mistake must be seen as what it is.
    const decoder = new TextDecoder();
    this.body.on('data', (chunk: Buffer) => {
      const text = decoder.decode(chunk, { stream: true });
      this.text += text;
      parser.feed(text);
      this.#look();
    });
    this.body.pause();
    let complete = false;
    this.body.on('end', () => (complete = !isReset(this.body)));
    // The cut itself is told by "close".
    this.body.on('error', () => undefined);
    return new Promise((resolve) => {
      this.body.on('close', () => {
        this.#end = complete && !isReset(this.body) ? 'complete' : 'cut';
        resolve(this.#end);
        this.#look();
        for (const waiter of this.#waiters) waiter.giveUp();
      });
    });
  }

  #look(): void {
    for (const waiter of this.#waiters) if (waiter.look()) this.#waiters.delete(waiter);
  }
}

function isReset(body: IncomingMessage | ClientHttp2Stream): boolean {
  return 'rstCode' in body ? (body.rstCode ?? 0) !== constants.NGHTTP2_NO_ERROR : !body.complete;
}
