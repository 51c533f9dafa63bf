import { Controller, Module } from '@nestjs/common';
import { SseHub, SseModule, SseStream } from 'nestjs-sse-hub';

@Controller()
class PriceController {
  constructor(private readonly hub: SseHub) {}

  @SseStream('price')
  prices() {
    return this.hub.stream('price');
  }
}

@Module({ imports: [SseModule.forRoot()], controllers: [PriceController] })
export class AppModule {}
