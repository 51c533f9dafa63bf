import { afterEach } from '@jest/globals';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Express } from 'express';
import { SseHub, type OpenOptions, type SseConnection, type SseHubOptions } from 'nestjs-sse-hub';
import { untilNoConnections } from './start-app.js';
import { createClient, type Client } from './client.js';
import { tlsCertificate } from './tls-certificate.js';
import { Wire } from './wire.js';

type Handle = (request: object, response: object) => void;
/** What tests need of a Fastify instance, which has types of its own for each kind of server. */
interface Fastify {
  register(plugin: unknown, options: object): unknown;
  addHook(name: 'onSend', hook: () => Promise<unknown>): unknown;
}

/** What a test adds to an application before its streams. */
export interface Additions {
  express?: (app: Express) => unknown;
  fastify?: (app: Fastify) => unknown;
}

/** A server that streams are opened on by `hub.open`. */
export interface Carrier {
  readonly name: string;
  readonly scheme: 'http' | 'https';
  readonly httpVersion: '1.1' | '2.0';
  create(handle: Handle, additions: Additions): Promise<Server> | Server;
}

export const nodeHttp: Carrier = {
  name: 'node:http',
  scheme: 'http',
  httpVersion: '1.1',
  create: (handle) => createServer(handle),
};

export const nodeHttps: Carrier = {
  name: 'node:https',
  scheme: 'https',
  httpVersion: '1.1',
  create: (handle) => createTlsServer(tlsCertificate(), handle),
};

export const nodeHttp2AskedWithHttp1: Carrier = {
  name: 'node:http2, asked with HTTP/1.1',
  scheme: 'https',
  httpVersion: '1.1',
  create: (handle) => createSecureServer({ ...tlsCertificate(), allowHTTP1: true }, handle),
};

export const express: Carrier = {
  name: 'Express',
  scheme: 'http',
  httpVersion: '1.1',
  create: (handle, additions) => {
    const app = new ExpressAdapter().getInstance<Express>();
    additions.express?.(app);
    return createServer(app.use(handle));
  },
};

export const fastify: Carrier = {
  name: 'Fastify',
  scheme: 'http',
  httpVersion: '1.1',
  create: (handle, additions) => serveFastify(new FastifyAdapter(), handle, additions),
};

async function serveFastify(adapter: FastifyAdapter, handle: Handle, additions: Additions): Promise<Server> {
  const app = adapter.getInstance();
  await additions.fastify?.(app);
  app.all('*', (request: object, reply: object) => handle(request, reply));
  await app.ready();
  return app.server;
}

export const nodeHttp2: Carrier = {
  name: 'node:http2',
  scheme: 'http',
  httpVersion: '2.0',
  create: (handle) => createHttp2Server(handle),
};

export const nodeHttp2Tls: Carrier = {
  name: 'node:http2 over TLS',
  scheme: 'https',
  httpVersion: '2.0',
  create: (handle) => createSecureServer(tlsCertificate(), handle),
};

export const fastifyHttp2: Carrier = {
  ...fastify,
  name: 'Fastify, HTTP/2',
  httpVersion: '2.0',
  create: (handle, additions) => serveFastify(new FastifyAdapter({ http2: true }), handle, additions),
};

export const http2Carriers: readonly Carrier[] = [nodeHttp2, nodeHttp2Tls, fastifyHttp2];

export const http1Carriers: readonly Carrier[] = [
  nodeHttp,
  nodeHttps,
  nodeHttp2AskedWithHttp1,
  express,
  fastify,
];

/** The name of a case of tests that are run with either writer. */
export function nameOfCase({ name }: { readonly name: string }, rawWrites: boolean): string {
  return `${name}, ${rawWrites ? 'past the response' : 'to the response'}`;
}

/** A carrier, and the way that is asked for: `rawWrites` of the hub. */
export interface WriterCase {
  readonly name: string;
  readonly carrier: Carrier;
  readonly rawWrites: boolean;
}

/** Each carrier with either writer. */
export function writerCases(carriers: readonly Carrier[]): WriterCase[] {
  return carriers.flatMap((carrier) =>
    [true, false].map((rawWrites) => ({ name: nameOfCase(carrier, rawWrites), carrier, rawWrites })),
  );
}

/** Resolves when a client takes nothing more: what has been done stays the same for many turns. */
export async function untilStill(done: () => number): Promise<void> {
  for (let before = -1, still = 0; still < 100; before = done()) {
    await nextTurn();
    still = done() === before ? still + 1 : 0;
  }
}

/** What has been given to one socket, or to one stream of HTTP/2. */
export interface Written {
  /** What each call of its `write` was given. */
  readonly writes: readonly (string | Uint8Array)[];
  /** What each write of its own to the system, or to the session, has taken. */
  readonly calls: readonly string[];
}

export interface StreamServer {
  readonly hub: SseHub;
  readonly server: Server;
  readonly origin: string;
  readonly port: number;
  readonly errors: readonly unknown[];
  /** What was written to each connection, or stream of HTTP/2, in the order in which they came. */
  readonly written: readonly Written[];
  /** The streams that were opened, in their order. */
  readonly connections: readonly SseConnection[];
  /** What `node:http` has of their requests. */
  readonly responses: readonly ServerResponse[];
  open: Client['open'];
  /** A client with a connection of its own. */
  newClient(): Client;
  /** A connection whose bytes are looked at as they are. */
  wire(): Wire;
}

export interface Serving {
  readonly hub?: SseHubOptions;
  /** What each request is opened with; nothing is opened where it answers the request by itself and gives `false`. */
  readonly open?: (hub: SseHub, request: IncomingMessage, response: ServerResponse) => OpenOptions | false;
  readonly additions?: Additions;
}

const closings: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** Serves streams; the server is closed after the test. */
export async function serveStreams(carrier: Carrier, serving: Serving = {}): Promise<StreamServer> {
  const { open = followTopics, additions = {} } = serving;
  const errors: unknown[] = [];
  const hub = new SseHub({
    onError: (error) => errors.push(error),
    retry: false,
    heartbeat: false,
    drainWindow: 0,
    ...serving.hub,
  });
  const connections: SseConnection[] = [];
  const responses: ServerResponse[] = [];
  const server = await carrier.create((request, response) => {
    // Fastify's have them inside.
    const { raw: nodeRequest = request } = request as { raw?: object };
    const { raw: nodeResponse = response } = response as { raw?: object };
    responses.push(nodeResponse as ServerResponse);
    const options = open(hub, nodeRequest as IncomingMessage, nodeResponse as ServerResponse);
    if (options !== false) connections.push(hub.open(request, response, options));
  }, additions);
  const written = watch(server, carrier);
  const opened = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) => {
    opened.add(socket);
    socket.on('close', () => opened.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `${carrier.scheme}://127.0.0.1:${port}`;
  const leaves: (() => void)[] = [];
  const newClient = () => {
    const client = createClient(origin, carrier.httpVersion);
    leaves.push(() => client.close());
    return client;
  };
  const client = newClient();
  closings.push(async () => {
    for (const leave of leaves) leave();
    for (const socket of opened) socket.destroy();
    await untilNoConnections(hub);
    await hub.close();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    hub,
    server,
    origin,
    port,
    errors,
    written,
    connections,
    responses,
    open: (path, request) => client.open(path, request),
    newClient,
    wire: () => {
      const wire = Wire.to(origin);
      leaves.push(() => wire.leave());
      return wire;
    },
  };
}

/** Follows the topics that the query names: `/?topic=a&topic=b`. */
export function followTopics(hub: SseHub, request: IncomingMessage): OpenOptions {
  return { stream: hub.stream(new URL(request.url!, 'http://localhost').searchParams.getAll('topic')) };
}

/** Whether a text has gone to a socket as a chunk that was framed before it got there. */
export function isRaw({ writes }: Written, text: string): boolean {
  const found = writes.find((bytes) => typeof bytes !== 'string' && String(asBuffer(bytes)).includes(text));
  if (found === undefined) throw new Error(`"${text}" was not written`);
  return /^[0-9a-f]+\r\n/.test(String(asBuffer(found)));
}

/** The very arrays of bytes that a text was written with. */
export function bytesWith({ writes }: Written, text: string): (string | Uint8Array)[] {
  return writes.filter((bytes) => String(asBuffer(bytes)).includes(text));
}

function watch(server: Server, { scheme, httpVersion }: Carrier): Written[] {
  const all: Written[] = [];
  // Before anybody is told of it who could write something.
  if (httpVersion === '2.0')
    server.prependListener('stream', (stream) => all.push(watched(stream as ServerHttp2Stream)));
  else
    server.prependListener(scheme === 'https' ? 'secureConnection' : 'connection', (socket) =>
      all.push(watched(socket as Duplex)),
    );
  return all;
}

type Chunks = { chunk: Uint8Array | string }[];

function watched(duplex: Duplex): Written {
  const writes: (string | Uint8Array)[] = [];
  const calls: string[] = [];
  const { write, _write, _writev } = duplex as unknown as Record<string, (...args: any[]) => unknown>;
  Object.assign(duplex, {
    write: (chunk: Uint8Array | string, ...rest: unknown[]) => {
      if (chunk.length > 0) writes.push(chunk);
      return write!.call(duplex, chunk, ...rest);
    },
    _write: (chunk: Uint8Array | string, ...rest: unknown[]) => {
      if (chunk.length > 0) calls.push(String(asBuffer(chunk)));
      return _write!.call(duplex, chunk, ...rest);
    },
    _writev: (chunks: Chunks, ...rest: unknown[]) => {
      calls.push(chunks.map(({ chunk }) => String(asBuffer(chunk))).join(''));
      return _writev!.call(duplex, chunks, ...rest);
    },
  });
  return { writes, calls };
}

function asBuffer(bytes: string | Uint8Array): Buffer | string {
  return typeof bytes === 'string' ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
