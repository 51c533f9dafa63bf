import { request, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { createParser } from 'eventsource-parser';

/**
 * A client with a connection of its own, which keeps of each event but the number that its data begins with, so that
 * many of them can be sent much.
 */
export class NumberReader {
  /** The numbers, and the names and data of the events that have a name, in the order in which they came. */
  readonly seen: (number | { readonly event: string; readonly data: string })[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(
    private readonly body: IncomingMessage | ClientHttp2Stream,
    private readonly session: ClientHttp2Session | undefined,
  ) {
    const parser = createParser({
      onEvent: ({ event, data }) =>
        this.seen.push(event === undefined ? parseInt(data, 10) : { event, data }),
    });
    const decoder = new TextDecoder();
    body.on('data', (bytes: Buffer) => {
      parser.feed(decoder.decode(bytes, { stream: true }));
      for (const look of this.#waiting) look();
    });
    // It leaves, or the test fails since what it waits for does not come.
    body.on('error', () => undefined);
    body.pause();
  }

  /** Resolves with the head of the answer; nothing more is read before {@link resume}. */
  static open(url: string, httpVersion: '1.1' | '2.0'): Promise<NumberReader> {
    return httpVersion === '2.0' ? openHttp2(new URL(url)) : openHttp1(new URL(url));

    function openHttp1(target: URL): Promise<NumberReader> {
      const ask = target.protocol === 'https:' ? secureRequest : request;
      return new Promise((resolve, reject) => {
        ask(target, { agent: false, rejectUnauthorized: false }, (answer) =>
          resolve(new NumberReader(answer, undefined)),
        )
          .on('error', reject)
          .end();
      });
    }

    // The streams of one session would wait for each other.
    function openHttp2({ origin, pathname }: URL): Promise<NumberReader> {
      return new Promise((resolve, reject) => {
        const session = connect(origin, { rejectUnauthorized: false }).on('error', reject);
        const stream = session.request({ ':path': pathname });
        stream.once('response', () => resolve(new NumberReader(stream, session)));
      });
    }
  }

  get last(): NumberReader['seen'][0] | undefined {
    return this.seen.at(-1);
  }

  resume(): void {
    this.body.resume();
  }

  leave(): void {
    this.body.destroy();
    this.session?.destroy();
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
