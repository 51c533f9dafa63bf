import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { SseMetricsOptions } from './metrics/metrics-options.js';

export const {
  ConfigurableModuleClass: ConfigurableSseMetricsModule,
  MODULE_OPTIONS_TOKEN: SSE_METRICS_OPTIONS,
  OPTIONS_TYPE: SSE_METRICS_OPTIONS_TYPE,
  ASYNC_OPTIONS_TYPE: SSE_METRICS_ASYNC_OPTIONS_TYPE,
} = new ConfigurableModuleBuilder<SseMetricsOptions>({ moduleName: 'SseMetrics' })
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createSseMetricsOptions')
  .build();
