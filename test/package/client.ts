import 'reflect-metadata';
import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectSseClient, SseClientModule, SseHub, SseModule, SseStream } from 'nestjs-sse-hub';
import type { SseClient } from 'nestjs-sse-hub/client';
import { openStream, TestClock } from 'nestjs-sse-hub/testing';

interface Prices {
  tick: { price: number };
}

@Controller()
class NewsController {
  constructor(private readonly hub: SseHub<Prices>) {}

  @SseStream('events')
  stream() {
    return this.hub.stream('news');
  }
}

@Injectable()
class Reader {
  constructor(@InjectSseClient('news') private readonly client: SseClient<Prices>) {}

  /** Resolves when it is connected, with a promise of the first price. */
  read(): Promise<{ readonly price: Promise<number> }> {
    const price = new Promise<number>((resolve) => this.client.on('tick', ({ data }) => resolve(data.price)));
    return new Promise((resolve) => this.client.onConnect(() => resolve({ price })));
  }
}

let origin = '';

@Module({
  imports: [
    SseModule.forRoot(),
    SseClientModule.register({ name: 'news', url: () => `${origin}/events`, decode: 'json' }),
  ],
  controllers: [NewsController],
  providers: [Reader],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  origin = await app.getUrl();

  const { price } = await app.get(Reader).read();
  const stream = await openStream<Prices>(app, '/events', { decode: 'json' });
  await app.get(SseHub).publish('news', { event: 'tick', data: { price: 1.5 } });
  const [event] = await stream.take(1);
  console.log('stream', event?.type, event?.data.price);
  console.log('client', await price);
  stream.close();
  await app.close();

  console.log('clock', await passAnHour().catch((error: Error) => error.message));
}

async function passAnHour(): Promise<number> {
  const clock = await TestClock.install({ now: 0 });
  await clock.advance(3_600_000);
  clock.uninstall();
  return clock.now;
}

void main();
