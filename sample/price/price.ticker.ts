import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SseHub } from 'nestjs-sse-hub';

/**
 * Publishes the price of each symbol once a second. Both events of one second have its time as their id. Where several
 * nodes run, the first one's is the price.
 */
@Injectable()
export class PriceTicker implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(PriceTicker.name);
  private readonly prices = new Map([
    ['AAPL', 90],
    ['AMZN', 70],
  ]);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly hub: SseHub) {}

  onApplicationBootstrap(): void {
    this.tickAtNextSecond();
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  private tickAtNextSecond(): void {
    this.timer = setTimeout(
      () => {
        this.tick().catch((error: unknown) => this.logger.error(error));
        this.tickAtNextSecond();
      },
      1_000 - (Date.now() % 1_000),
    );
  }

  private async tick(): Promise<void> {
    // Timers may be early by a millisecond.
    const id = String(Math.round(Date.now() / 1_000) * 1_000);
    for (const [symbol, price] of this.prices) {
      const next = price * (1 + (Math.random() - 0.5) / 100);
      this.prices.set(symbol, next);
      const event = { id, event: symbol, data: next.toFixed(6) };
      await this.hub.publish('price', event, { idempotencyKey: `${symbol} ${id}` });
    }
  }
}
