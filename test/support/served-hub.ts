import { afterEach } from '@jest/globals';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  SseHub,
  type ConnectionEvent,
  type OpenOptions,
  type SseConnection,
  type SseHubOptions,
} from 'nestjs-sse-hub';
import { filter, firstValueFrom, map, ReplaySubject } from 'rxjs';
import { createClient, type Client } from './client.js';

type Disconnect = ConnectionEvent & { type: 'disconnect' };

/** A hub behind a plain server of node:http, and a client of it. */
export interface ServedHub {
  readonly hub: SseHub;
  readonly origin: string;
  readonly errors: readonly unknown[];
  readonly open: Client['open'];
  /** The connection that was opened last. */
  connection(): SseConnection;
  /** Resolves with the end of the stream that ended first, then with that of the second, and so on. */
  nextDisconnect(): Promise<Disconnect>;
}

const closings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** Serves a hub: each request opens a stream with the options that `describe` gives for it. It is closed after the test. */
export async function serveHub(
  options: SseHubOptions,
  describe: (hub: SseHub, request: IncomingMessage, response: ServerResponse) => OpenOptions,
): Promise<ServedHub> {
  const errors: unknown[] = [];
  const hub = new SseHub({
    onError: (error) => errors.push(error),
    retry: false,
    drainWindow: 0,
    ...options,
  });
  let latest: SseConnection | undefined;
  const server = createServer((request, response) => {
    latest = hub.open(request, response, describe(hub, request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createClient(origin, '1.1');
  const ended = new ReplaySubject<Disconnect>();
  hub.connections$.pipe(filter((event) => event.type === 'disconnect')).subscribe(ended);
  let taken = 0;
  closings.push(async () => {
    client.close();
    await hub.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    hub,
    origin,
    errors,
    open: (path, request) => client.open(path, request),
    connection: () => latest!,
    nextDisconnect: () => {
      const index = taken++;
      return firstValueFrom(
        ended.pipe(
          map((event, at) => ({ event, at })),
          filter(({ at }) => at === index),
          map(({ event }) => event),
        ),
      );
    },
  };
}

/** Follows the topics that the query names: `/?topic=a&topic=b`. */
export function topicsOf(request: IncomingMessage): string[] {
  return new URL(request.url!, 'http://localhost').searchParams.getAll('topic');
}
