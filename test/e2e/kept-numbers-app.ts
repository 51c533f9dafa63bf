import 'reflect-metadata';
import { appendFileSync, readFileSync } from 'node:fs';
import { EventEmitter, once } from 'node:events';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AddressInfo } from 'node:net';
import { LastEventId, SseModule, SseStream, StreamSignal } from 'nestjs-sse-hub';

const { PORT, KEPT = '' } = process.env;
const EVERY_MS = 10;

/** Numbers, one after the other, kept in the file KEPT; whoever runs this again goes on behind the last one. */
class KeptNumbers {
  last = readFileSync(KEPT, 'utf8').split('\n').length - 1;
  readonly changes = new EventEmitter().setMaxListeners(0);

  constructor() {
    setInterval(() => this.#add(), EVERY_MS).unref();
  }

  #add(): void {
    this.last++;
    appendFileSync(KEPT, `${this.last}\n`);
    this.changes.emit('change');
  }
}

@Controller()
export class NumbersController {
  readonly #numbers = new KeptNumbers();

  @Get()
  page(): string {
    return '<!doctype html><title>Numbers</title>';
  }

  /** What was kept behind the last number that the client has seen, and then what comes. */
  @SseStream('numbers')
  async *numbers(@LastEventId() lastEventId: string | undefined, @StreamSignal() signal: AbortSignal) {
    let number = lastEventId === undefined ? this.#numbers.last : Number(lastEventId);
    for (;;) {
      while (number < this.#numbers.last) yield { id: `${++number}`, data: `${number}` };
      await once(this.#numbers.changes, 'change', { signal });
    }
  }
}

@Module({
  imports: [SseModule.forRoot({ retry: 100, drainWindow: 50, drainRetry: { min: 100, max: 300 } })],
  controllers: [NumbersController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
app.enableShutdownHooks();
await app.listen(Number(PORT), '127.0.0.1');
console.log('Listening on', (app.getHttpServer().address() as AddressInfo).port);
