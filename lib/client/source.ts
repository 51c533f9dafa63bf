import { SseClientError } from './client-error.js';
import type { ResolvedClientOptions } from './client-options.js';
import { reasonOf, type Failure } from './failure.js';
import {
  isSendable,
  RequestMaker,
  UnusableRequest,
  type ClientRequest,
  type SseClientUrl,
} from './request.js';
import { badResponse, problemOf } from './response-check.js';
import { retryAfter } from './retry-policy.js';

/** A stream that is open. */
export interface Opened {
  readonly body: ReadableStream<Uint8Array> | null;
  /** What is told of it; undefined where there is no answer, only bytes. */
  readonly head: ConnectInfo | undefined;
}

/** What an answer's head says. */
export interface ConnectInfo {
  /** Where the answer comes from, behind all redirects. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
}

/** Where a client's streams come from. */
export interface Source {
  /** Whether there is but one stream. */
  readonly isReadOnce: boolean;
  /**
   * Opens the next one; answers with what has failed, or with `undefined` where the server wants no more attempts.
   * @param onHead called when the head of an answer is there
   */
  open(lastEventId: string, signal: AbortSignal, onHead: () => void): Promise<Opened | Failure | undefined>;
  /** Gives up a stream that nobody has opened. */
  discard(): void;
}

/** Requests, one for each stream. */
export class RequestSource implements Source {
  readonly isReadOnce = false;
  readonly #maker: RequestMaker;
  #url: string;

  /** @param report told of what does not keep a request from being made */
  constructor(
    url: SseClientUrl,
    private readonly options: ResolvedClientOptions,
    private readonly report: (error: SseClientError) => void,
  ) {
    this.#maker = new RequestMaker(url, options);
    this.#url = typeof url === 'function' ? '' : String(url);
  }

  /** What was asked for last; before that what was given, and empty where that is a function. */
  get url(): string {
    return this.#url;
  }

  async open(
    lastEventId: string,
    signal: AbortSignal,
    onHead: () => void,
  ): Promise<Opened | Failure | undefined> {
    if (!isSendable(lastEventId)) this.report(unsendable(lastEventId));
    let request: ClientRequest;
    try {
      request = await this.#maker.make(lastEventId);
    } catch (error) {
      return requestFailed(error);
    }
    if (signal.aborted) return lost(signal.reason);
    this.#url = request.url;
    let response: Response;
    try {
      const { fetch = globalThis.fetch } = this.options;
      response = await fetch(request.url, { ...request.init, signal });
    } catch (error) {
      return connectFailed(request.url, error);
    }
    onHead();
    return this.#check(response, signal);
  }

  discard(): void {
    // There is none before it is asked for.
  }

  async #check(response: Response, signal: AbortSignal): Promise<Opened | Failure | undefined> {
    const { validate } = this.options;
    const head = { url: response.url, status: response.status, headers: response.headers };
    let problem: string | undefined;
    let cause: unknown;
    if (validate === undefined) {
      if (response.status !== 204) problem = problemOf(response);
    } else {
      try {
        await validate(response);
      } catch (error) {
        problem = `validate has refused the answer: ${reasonOf(error)}`;
        cause = error;
      }
    }
    // "No content" asks to stop reconnecting (WHATWG HTML 9.2.4).
    if (problem === undefined) return response.status === 204 ? undefined : { body: response.body, head };
    // A body that does not end, or does not come, is given up with the attempt.
    signal.addEventListener('abort', () => void response.body?.cancel().catch(() => undefined));
    const { status } = response;
    return {
      kind: status === 200 ? 'response' : 'status',
      status,
      error: await badResponse(response, problem, cause),
      retryAfter: retryAfter(response.headers.get('retry-after'), Date.now()),
    };
  }
}

/** A response, or a stream of bytes, that is there already. */
export class GivenSource implements Source {
  readonly isReadOnce = true;
  #isUsed = false;

  constructor(private readonly given: Response | ReadableStream<Uint8Array>) {}

  async open(): Promise<Opened | Failure> {
    if (this.#isUsed) return { kind: 'end', error: new SseClientError('BODY_USED', USED), isFinal: true };
    this.#isUsed = true;
    const { given } = this;
    if (!('headers' in given)) return { body: given, head: undefined };
    const problem = problemOf(given);
    if (problem !== undefined)
      return { kind: 'response', error: await badResponse(given, problem), isFinal: true };
    return { body: given.body, head: { url: given.url, status: given.status, headers: given.headers } };
  }

  discard(): void {
    if (this.#isUsed) return;
    this.#isUsed = true;
    const body = 'headers' in this.given ? this.given.body : this.given;
    void body?.cancel().catch(() => undefined);
  }
}

const USED = 'what SseClient.from was given has been read; it cannot be asked for again';

/** What breaks a request or a stream: what it was aborted with, or what the platform says. */
export function lost(error: unknown): Failure {
  if (error instanceof SseClientError) return { kind: 'timeout', error };
  const message = `the connection broke: ${reasonOf(error)}`;
  return { kind: 'network', error: new SseClientError('CONNECTION_LOST', message, { cause: error }) };
}

function connectFailed(url: string, error: unknown): Failure {
  if (error instanceof SseClientError) return lost(error);
  const message = `there is no answer from ${url}: ${reasonOf(error)}`;
  return { kind: 'network', error: new SseClientError('CONNECT_FAILED', message, { cause: error }) };
}

function requestFailed(error: unknown): Failure {
  if (error instanceof UnusableRequest) return { kind: 'request', error, isFinal: true };
  const message = `the application's url, headers or body function has failed: ${reasonOf(error)}`;
  return { kind: 'request', error: new SseClientError('REQUEST_FAILED', message, { cause: error }) };
}

function unsendable(id: string): SseClientError {
  return new SseClientError(
    'INVALID_ID',
    `the last event id ${JSON.stringify(id)} cannot be a header (control characters, or a blank at an end), so the request is made without it`,
  );
}
