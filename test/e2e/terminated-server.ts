import 'reflect-metadata';
import { Controller, Get, Module, ServiceUnavailableException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { AddressInfo, Server } from 'node:net';
import {
  CurrentConnection,
  SseHealthIndicator,
  SseHub,
  SseModule,
  SseStream,
  type SseConnection,
} from 'nestjs-sse-hub';

/** An application that is ended by a signal, on the platform that PLATFORM names. It drains until everybody has left. */
const { PORT, PLATFORM } = process.env;

const ITEM = 'x'.repeat(64 * 1024);

@Controller()
class Streams {
  constructor(
    private readonly hub: SseHub,
    private readonly health: SseHealthIndicator,
  ) {}

  @SseStream('news')
  news() {
    return this.hub.stream('news');
  }

  /** More than the buffers on the way hold. */
  @SseStream('flood', { maxSendQueue: 1024 ** 3 })
  flood(@CurrentConnection() connection: SseConnection) {
    for (let item = 0; item < 500; item++) void connection.send({ data: ITEM });
  }

  @Get('ready')
  async ready() {
    const result = await this.health.isReady();
    if (result.sse.status === 'down') throw new ServiceUnavailableException(result);
    return result;
  }
}

const sse = SseModule.forRoot({
  retry: 700,
  drainWindow: 200,
  drainRetry: { min: 1_000, max: 999_999 },
  drainTimeout: 600_000,
  stallTimeout: 0,
});

@Module({ imports: [sse], controllers: [Streams] })
class AppModule {}

function createAdapter() {
  if (PLATFORM === 'Express, HTTP/1.1') return new ExpressAdapter();
  return PLATFORM === 'Fastify, HTTP/2' ? new FastifyAdapter({ http2: true }) : new FastifyAdapter();
}

const app = await NestFactory.create(AppModule, createAdapter(), {
  logger: ['warn', 'error'],
  forceCloseConnections: true,
});
app.enableShutdownHooks();
await app.listen(Number(PORT), '127.0.0.1');
console.log('Listening on', ((app.getHttpServer() as Server).address() as AddressInfo).port);
