import { afterEach } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { INestApplication, LoggerService } from '@nestjs/common';
import type { AddressInfo } from 'node:net';
import { SseHub } from 'nestjs-sse-hub';
import { AppModule } from '../../sample/app.module.js';
import { createClient, type Client } from './client.js';
import type { Platform } from './platforms.js';
import { untilNoConnections } from './start-app.js';

/** The sample application on a free port of the loopback interface, and a client of it. */
export interface RunningSample {
  readonly hub: SseHub;
  readonly origin: string;
  readonly port: number;
  readonly open: Client['open'];
  /** What the application has logged. */
  readonly log: readonly string[];
  /** Resolves when no stream is open. */
  untilNoConnections(): Promise<void>;
}

const running: { nest: INestApplication; client: Client }[] = [];

afterEach(async () => {
  for (const { nest, client } of running.splice(0)) {
    client.close();
    await nest.close();
  }
});

/** Starts the sample application; it is closed after the test. */
export async function startSample(platform: Platform): Promise<RunningSample> {
  const log: string[] = [];
  const logger = linesInto(log);
  const nest = await NestFactory.create(AppModule, platform.createAdapter(), { logger });
  await nest.listen(0, '127.0.0.1');
  const { port } = nest.getHttpServer().address() as AddressInfo;
  const origin = `${platform.scheme}://127.0.0.1:${port}`;
  const client = createClient(origin, platform.httpVersion);
  running.push({ nest, client });
  const hub = nest.get(SseHub);
  return {
    hub,
    origin,
    port,
    open: (path, request) => client.open(path, request),
    log,
    untilNoConnections: () => untilNoConnections(hub),
  };
}

function linesInto(log: string[]): LoggerService {
  const keep = (message: unknown) => void log.push(String(message));
  return { log: keep, error: keep, warn: keep };
}
