import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SseHub, SseModule, SseStream } from 'nestjs-sse-hub';

@Controller()
class NewsController {
  constructor(private readonly hub: SseHub) {}

  @SseStream('events')
  stream() {
    return this.hub.stream('news');
  }
}

@Module({ imports: [SseModule.forRoot({})], controllers: [NewsController] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  await app.listen(0, '127.0.0.1');

  const response = await fetch(`${await app.getUrl()}/events`, { signal: AbortSignal.timeout(10_000) });
  await app.get(SseHub).publish('news', { event: 'tick', data: { price: 1.5 } });

  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('data:{"price":1.5}\n\n')) break;
  }
  console.log(response.status, response.headers.get('content-type'));
  console.log(text);

  await app.close();
}

void main();
