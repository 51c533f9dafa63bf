import 'reflect-metadata';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Controller, Inject, Module, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { encodeEvent, SseHub, SseModule, SseStream } from 'nestjs-sse-hub';
import { map, Subject } from 'rxjs';

/**
 * Servers of an event stream at `/`. Each starts on a free port and answers with that port and with what sends the
 * data of some events, all in one turn of the event loop, to everyone.
 */
export const contenders = {
  /** The floor without a library: the events of a turn are encoded once, and written with one call for each client. */
  'bare, one write a turn': () =>
    startBare((responses, events) => {
      const run = Buffer.concat(events);
      for (const response of responses) response.write(run);
    }),

  'bare, one write an event': () =>
    startBare((responses, events) => {
      for (const event of events) for (const response of responses) response.write(event);
    }),

  'nestjs-sse-hub on Express': async () => {
    class Streams {
      constructor(hub) {
        this.hub = hub;
      }
      stream() {
        return this.hub.stream('bench');
      }
    }
    Controller()(Streams);
    Inject(SseHub)(Streams, undefined, 0);
    decorate(Streams, 'stream', SseStream());
    const app = await startNest({ imports: [SseModule.forRoot()], controllers: [Streams] });
    const hub = app.get(SseHub);
    return {
      port: portOf(app.getHttpServer()),
      send: (events) => void events.map((data) => hub.publish('bench', { event: 'tick', data })),
    };
  },

  "Nest's @Sse on Express": async () => {
    const events$ = new Subject();
    class Streams {
      stream() {
        return events$.pipe(map((data) => ({ type: 'tick', data })));
      }
    }
    Controller()(Streams);
    decorate(Streams, 'stream', Sse());
    const app = await startNest({ controllers: [Streams] });
    return {
      port: portOf(app.getHttpServer()),
      send: (events) => {
        for (const data of events) events$.next(data);
      },
    };
  },
};

async function startBare(write) {
  const responses = new Set();
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.flushHeaders();
    responses.add(response);
    response.on('close', () => responses.delete(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let id = 0;
  return {
    port: portOf(server),
    send: (events) => {
      const encoded = events.map((data) => encodeEvent({ event: 'tick', id: `i${++id}`, data }));
      write(responses, encoded);
    },
  };
}

async function startNest(parts) {
  // oxlint-disable-next-line typescript/no-extraneous-class -- Nest wants a class, and JavaScript has no decorators
  class AppModule {}
  Module(parts)(AppModule);
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  return app;
}

function decorate(type, name, decorator) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  decorator(type.prototype, name, descriptor);
  Object.defineProperty(type.prototype, name, descriptor);
}

function portOf(server) {
  return server.address().port;
}
