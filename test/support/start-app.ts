import { afterEach } from '@jest/globals';
import type {
  DynamicModule,
  ForwardReference,
  INestApplication,
  NestApplicationOptions,
  Provider,
  Type,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import { SseHub, SseModule, type ConnectionEvent, type SseModuleOptions } from 'nestjs-sse-hub';
import { filter, firstValueFrom } from 'rxjs';
import { createClient, type Client } from './client.js';
import type { Platform } from './platforms.js';

export interface AppParts {
  controllers?: Type[];
  providers?: Provider[];
  imports?: (Type | DynamicModule | Promise<DynamicModule> | ForwardReference)[];
  /** The options of `SseModule.forRoot`. */
  sse?: SseModuleOptions;
  /** The options of `NestFactory.create`. */
  options?: NestApplicationOptions;
  /** Called before the application listens: middleware, global prefix, versioning, ... */
  configure?: (nest: INestApplication) => unknown;
}

/** An application that listens on a free port of the loopback interface, and a client of it. */
export interface RunningApp {
  readonly nest: INestApplication;
  readonly hub: SseHub;
  readonly origin: string;
  readonly port: number;
  /** A client that lives as long as the application. */
  readonly client: Client;
  readonly open: Client['open'];
  /** What `hub.connections$` has told so far. */
  readonly connectionEvents: readonly ConnectionEvent[];
  /** Resolves when the next stream has ended that nobody has asked for yet. */
  nextDisconnect(): Promise<ConnectionEvent & { type: 'disconnect' }>;
}

const running: RunningApp[] = [];

// Unhandled rejections and uncaught exceptions need no watching here: Jest fails the test in which they happen.
afterEach(async () => {
  for (const app of running.splice(0)) {
    app.client.close();
    await untilNoConnections(app.hub);
    await app.nest.close();
  }
});

/** Starts an application with the library's module; it is ended after the test, when its streams must all have ended. */
export async function startApp(platform: Platform, parts: AppParts): Promise<RunningApp> {
  const { controllers = [], providers = [], imports = [], sse = {}, options, configure } = parts;
  // Most tests are about what follows the reconnection time, and none waits for a drain that it is not about.
  const silent = { onError: () => undefined, retry: false as const, drainWindow: 0, ...sse };
  const module = await Test.createTestingModule({
    imports: [SseModule.forRoot(silent), ...imports],
    controllers,
    providers,
  }).compile();
  const nest = module.createNestApplication(platform.createAdapter(), { logger: false, ...options });
  await configure?.(nest);
  await nest.listen(0, '127.0.0.1');
  const app = describeApp(nest, platform);
  running.push(app);
  return app;
}

function describeApp(nest: INestApplication, { scheme, httpVersion }: Platform): RunningApp {
  const hub = nest.get(SseHub);
  const { port } = nest.getHttpServer().address() as AddressInfo;
  const origin = `${scheme}://127.0.0.1:${port}`;
  const client = createClient(origin, httpVersion);
  const events = watchConnections(hub);
  return {
    nest,
    hub,
    origin,
    port,
    client,
    open: (path, request) => client.open(path, request),
    connectionEvents: events.all,
    nextDisconnect: events.nextDisconnect,
  };
}

type Disconnect = ConnectionEvent & { type: 'disconnect' };

function watchConnections(hub: SseHub) {
  const all: ConnectionEvent[] = [];
  hub.connections$.subscribe((event) => all.push(event));
  const disconnects = () => all.filter((event): event is Disconnect => event.type === 'disconnect');
  let taken = 0;
  const nextDisconnect = async (): Promise<Disconnect> => {
    const index = taken++;
    while (disconnects().length <= index) await firstValueFrom(hub.connections$);
    return disconnects()[index]!;
  };
  return { all, nextDisconnect };
}

/** Resolves when the hub has no open stream (any more). */
export async function untilNoConnections(hub: SseHub): Promise<void> {
  if (hub.connectionCount === 0) return;
  await firstValueFrom(hub.connections$.pipe(filter(() => hub.connectionCount === 0)));
}
