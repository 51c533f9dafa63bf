import { Controller } from '@nestjs/common';
import { SseHub, SseStream, type HubStream } from 'nestjs-sse-hub';

@Controller('price')
export class PriceController {
  constructor(private readonly hub: SseHub) {}

  /** A client that comes back is first sent the prices that it has missed. */
  @SseStream()
  prices(): HubStream {
    return this.hub.stream('price');
  }
}
