export { SseMetricsModule } from './sse-metrics.module.js';
export { instrumentHub } from './metrics/instrument-hub.js';
export type { SseMetricsOptions } from './metrics/metrics-options.js';
