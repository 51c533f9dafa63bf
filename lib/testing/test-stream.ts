import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import type { ClientEvent, TextEvents } from '../client/client-event.js';
import type { SseClientOptions } from '../client/client-options.js';
import type { GapInfo } from '../client/gap.js';
import { problemOf } from '../client/response-check.js';
import { SseClient } from '../client/sse-client.js';
import type { ConnectInfo } from '../client/source.js';

// Those of the machine, so that patience ends also where a test has its time stand still.
const { setTimeout, clearTimeout } = globalThis;

/** What can be set for a stream that a test opens: what an `SseClient` takes, but for what it does when the stream ends. */
export interface TestStreamOptions<Events = unknown> extends Omit<
  SseClientOptions<Events>,
  'shouldRetry' | 'retryPolicy' | 'mode' | 'maxAttempts' | 'maxReconnectTime' | 'stableAfter' | 'signal'
> {
  /**
   * Milliseconds for which events are waited for; then what waits for them fails, and says what has come.
   * @default 5_000
   */
  patience?: number;
}

/**
 * Opens a stream of an application as a client would: over a socket, by the application's own server. One that does not
 * listen yet is made to, on a free port of the loopback interface; closing the application ends that.
 * @param target the application, or the origin of one that is somewhere else
 * @throws SseClientError `BAD_RESPONSE` where the answer is no event stream; its `response` has the status and the body
 */
export async function openStream<Events = TextEvents>(
  target: INestApplication | string | URL,
  path: string,
  options: TestStreamOptions<Events> = {},
): Promise<TestStream<Events>> {
  const origin = typeof target === 'string' || target instanceof URL ? target : await originOf(target);
  const stream = new TestStream<Events>(new URL(path, origin).href, options);
  await stream.resume();
  return stream;
}

/** A stream that a test reads, cuts and resumes. */
export class TestStream<Events = TextEvents> {
  /** All events so far that were waited for. */
  readonly events: ClientEvent<Events>[] = [];
  /** What the hub has told of events that are gone, up to the last event that was waited for. */
  readonly gaps: GapInfo[] = [];
  readonly #client: SseClient<Events>;
  readonly #patience: number;
  #head: ConnectInfo | undefined = undefined;
  #iterator: AsyncIterator<ClientEvent<Events>, undefined> | undefined = undefined;
  /** What was waited for in vain, and comes first when somebody waits again. */
  #asked: Promise<IteratorResult<ClientEvent<Events>, undefined>> | undefined = undefined;
  /** Whoever waits comes after those who do already. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string, { patience = 5_000, ...options }: TestStreamOptions<Events>) {
    this.#patience = patience;
    this.#client = new SseClient<Events>(url, {
      validate: refuseAllButStreams,
      ...options,
      shouldRetry: () => false,
    });
    this.#client.onGap((gap) => this.gaps.push(gap));
  }

  /** What the head of the last answer says. */
  get head(): ConnectInfo {
    return this.#head!;
  }

  /** What a client sends as `Last-Event-ID` when it comes back. */
  get lastEventId(): string {
    return this.#client.lastEventId;
  }

  /** Waits for the next so many events, and answers with them. */
  async take(count: number): Promise<ClientEvent<Events>[]> {
    const taken: ClientEvent<Events>[] = [];
    while (taken.length < count) taken.push(await this.#next(`event ${taken.length + 1} of ${count}`));
    return taken;
  }

  /** Waits for an event, and answers with all up to it. */
  async until(isIt: (event: ClientEvent<Events>) => boolean): Promise<ClientEvent<Events>[]> {
    const taken: ClientEvent<Events>[] = [];
    do taken.push(await this.#next('the event'));
    while (!isIt(taken.at(-1)!));
    return taken;
  }

  /** Waits for the server to end the stream, and answers with the events before that. */
  async ended(): Promise<ClientEvent<Events>[]> {
    const taken: ClientEvent<Events>[] = [];
    for (;;) {
      const event = await this.#ask('the end');
      if (event === undefined) return taken;
      taken.push(event);
    }
  }

  /** Leaves without a word, as a client does whose network is gone. What was not waited for is lost with it. */
  cut(): void {
    this.#asked = undefined;
    this.#iterator = undefined;
    this.#client.close();
  }

  /** Comes back with the last event id, as a client does when the stream has ended or was cut. */
  async resume(): Promise<void> {
    this.cut();
    this.#client.restart();
    this.#iterator = this.#client[Symbol.asyncIterator]();
    this.#head = await new Promise<ConnectInfo | undefined>((resolve, reject) => {
      const stop = this.#client.onConnect((_client, head) => resolve(head));
      // Takes nothing away from the iterator: it is told of the end.
      void this.#client
        .subscribe(() => undefined)
        .then(() => reject(new Error('the stream was cut while it was opened')), reject)
        .finally(stop);
    });
  }

  close(): void {
    this.cut();
  }

  async #next(what: string): Promise<ClientEvent<Events>> {
    const event = await this.#ask(what);
    if (event !== undefined) return event;
    throw new Error(`the server has ended the stream, where ${what} was waited for; ${this.#seen()}`);
  }

  /** The next event; undefined where the stream has ended. */
  #ask(what: string): Promise<ClientEvent<Events> | undefined> {
    const answer = this.#last.then(() => this.#askAlone(what));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #askAlone(what: string): Promise<ClientEvent<Events> | undefined> {
    if (this.#iterator === undefined) throw new Error('the stream was cut; resume() it first');
    this.#asked ??= this.#iterator.next();
    const result = await this.#inTime(this.#asked, what);
    this.#asked = undefined;
    if (result.done === true) return undefined;
    this.events.push(result.value);
    return result.value;
  }

  async #inTime<T>(promise: Promise<T>, what: string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${what} has not come within ${this.#patience} ms; ${this.#seen()}`)),
        this.#patience,
      );
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #seen(): string {
    if (this.events.length === 0) return 'no event has come';
    const last = this.events.slice(-5).map((event) => JSON.stringify(event));
    return `${this.events.length} have come, at last ${last.join(', ')}`;
  }
}

/** As a client does that has nothing to the contrary, and of 204 too, which to a client is an end. */
function refuseAllButStreams(response: Response): void {
  const problem = problemOf(response);
  if (problem !== undefined) throw new Error(problem);
}

async function originOf(app: INestApplication): Promise<string> {
  const server = app.getHttpServer() as Server;
  if (!server.listening) await app.listen(0, '127.0.0.1');
  const { address, family, port } = server.address() as AddressInfo;
  if (address === '::' || address === '0.0.0.0') return `http://127.0.0.1:${port}`;
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
