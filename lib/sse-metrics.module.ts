import {
  Inject,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { SseHub } from './hub/sse-hub.js';
import { instrumentHub } from './metrics/instrument-hub.js';
import type { SseMetricsOptions } from './metrics/metrics-options.js';
import {
  ConfigurableSseMetricsModule,
  SSE_METRICS_OPTIONS,
  type SSE_METRICS_ASYNC_OPTIONS_TYPE,
  type SSE_METRICS_OPTIONS_TYPE,
} from './sse-metrics.module-definition.js';

/**
 * Tells OpenTelemetry what the application's hub does, from the start until the application has shut down. Import
 * `forRoot()` once, beside `SseModule.forRoot()`; the hub of one that is not global is not seen.
 */
@Module({})
export class SseMetricsModule
  extends ConfigurableSseMetricsModule
  implements OnModuleInit, OnApplicationShutdown
{
  #unregister: (() => void) | undefined = undefined;

  constructor(
    private readonly hub: SseHub,
    @Inject(SSE_METRICS_OPTIONS) private readonly options: SseMetricsOptions,
  ) {
    super();
  }

  /** Options are optional: every one has a default. */
  static override forRoot(options: typeof SSE_METRICS_OPTIONS_TYPE = {}): DynamicModule {
    return super.forRoot(options);
  }

  static override forRootAsync(options: typeof SSE_METRICS_ASYNC_OPTIONS_TYPE): DynamicModule {
    return super.forRootAsync(options);
  }

  onModuleInit(): void {
    this.#unregister = instrumentHub(this.hub, this.options);
  }

  // Later than the streams end, which counts too.
  onApplicationShutdown(): void {
    this.#unregister?.();
  }
}
