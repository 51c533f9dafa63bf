import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SseHub } from 'nestjs-sse-hub';

/** Publishes the price of each symbol once a second. Both events of one second have its time as their id. */
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
    this.timer = setInterval(() => {
      this.tick().catch((error: unknown) => this.logger.error(error));
    }, 1_000);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async tick(): Promise<void> {
    const id = String(Date.now());
    for (const [symbol, price] of this.prices) {
      const next = price * (1 + (Math.random() - 0.5) / 100);
      this.prices.set(symbol, next);
      await this.hub.publish('price', { id, event: symbol, data: next.toFixed(6) });
    }
  }
}
