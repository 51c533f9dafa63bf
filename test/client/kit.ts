// What the cases of the client's suites work with, in Node as in a page.
import { SseClient, type ConnectInfo, type DisconnectInfo, type SseClientOptions } from '../../lib/client.js';

export { EventStreamParser, SseClient, SseClientError } from '../../lib/client.js';

export interface TakenEvent {
  readonly type: string;
  readonly data: unknown;
  readonly lastEventId: string;
}

/** What a client has told, as JSON can hold it. */
export interface Told {
  readonly connects: { readonly status: number | undefined; readonly url: string | undefined }[];
  readonly disconnects: {
    readonly reason: string;
    readonly code: string | undefined;
    readonly willRetry: boolean;
    readonly retryIn: number | undefined;
  }[];
  readonly errors: string[];
}

/** A client that comes back quickly, and whom nothing but the test ends. */
export function quickClient(url: string, options: SseClientOptions<any> = {}): SseClient<any> {
  return new SseClient<any>(url, { reconnectDelay: 10, minReconnectDelay: 0, ...options });
}

/** Takes so many events, then leaves. */
export async function take(client: SseClient<any>, count: number): Promise<TakenEvent[]> {
  const events: TakenEvent[] = [];
  for await (const event of client) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

/** Notes down what a client tells of its connections and errors. */
export function listen(client: SseClient<any>): Told {
  const told: Told = { connects: [], disconnects: [], errors: [] };
  client.onConnect((_client, head: ConnectInfo | undefined) => {
    told.connects.push({ status: head?.status, url: head?.url });
  });
  client.onDisconnect((_client, { reason, error, retryIn }: DisconnectInfo) => {
    told.disconnects.push({ reason, code: error?.code, willRetry: retryIn !== undefined, retryIn });
  });
  return told;
}

/** The same with everything that goes wrong; what would end a client otherwise does not. */
export function listenToAll(client: SseClient<any>): Told {
  const told = listen(client);
  client.onError((error) => told.errors.push(codeOf(error)));
  return told;
}

/** What a promise is rejected with, as JSON can hold it. */
export async function failureOf(promise: Promise<unknown>) {
  const error: any = await promise.then(
    () => undefined,
    (reason: unknown) => reason ?? new Error('rejected with nothing'),
  );
  return error === undefined
    ? undefined
    : {
        code: codeOf(error),
        message: String(error.message),
        status: error.response?.status as number | undefined,
        body: error.response?.body as string | undefined,
        cause: codeOf(error.cause),
        event: error.event as TakenEvent | undefined,
      };
}

export function codeOf(error: any): string {
  return String(error?.code ?? error?.message ?? error);
}

export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Asks until it is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(2);
}
