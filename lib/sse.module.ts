import {
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnModuleInit,
} from '@nestjs/common';
import { SseHealthIndicator } from './health/sse-health-indicator.js';
import { SseHub } from './hub/sse-hub.js';
import {
  ConfigurableSseModule,
  SSE_MODULE_OPTIONS,
  type SSE_ASYNC_OPTIONS_TYPE,
  type SSE_OPTIONS_TYPE,
  type SseModuleOptions,
} from './sse.module-definition.js';

/**
 * Provides one `SseHub` to the whole application, opens its log before requests come, and ends its streams when the
 * application shuts down. Import `forRoot()` once, in the root module: every other one makes a hub of its own, whose
 * streams get nothing of what is published to the first.
 */
@Module({
  providers: [
    {
      provide: SseHub,
      inject: [SSE_MODULE_OPTIONS],
      useFactory: (options: SseModuleOptions) => {
        const logger = new Logger(SseHub.name);
        const onError = options.onError ?? ((error: unknown) => logger.error(error));
        return new SseHub({ ...options, onError });
      },
    },
    {
      provide: SseHealthIndicator,
      inject: [SseHub, SSE_MODULE_OPTIONS],
      useFactory: (hub: SseHub, { log }: SseModuleOptions) => new SseHealthIndicator(hub, log),
    },
  ],
  exports: [SseHub, SseHealthIndicator],
})
export class SseModule extends ConfigurableSseModule implements OnModuleInit, BeforeApplicationShutdown {
  constructor(private readonly hub: SseHub) {
    super();
  }

  /** Options are optional: every one has a default. */
  static override forRoot(options: typeof SSE_OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }

  static override forRootAsync(options: typeof SSE_ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  async onModuleInit(): Promise<void> {
    await this.hub.ready;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.hub.close();
  }
}
