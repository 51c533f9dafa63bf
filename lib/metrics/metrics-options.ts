import { metrics, type Attributes, type MeterProvider } from '@opentelemetry/api';
import { shown, SseError } from '../errors/sse-error.js';
import { checkFunction, checkKeys } from '../options/check.js';

export interface SseMetricsOptions {
  /**
   * Where the figures go.
   * @default the global one when the hub is instrumented: register the SDK's before, or figures are not kept
   */
  meterProvider?: MeterProvider;

  /**
   * Attributes of every figure, which tell the hubs of one process apart.
   * @default {}
   */
  attributes?: Attributes;
}

/** {@link SseMetricsOptions} with every default filled in. */
export interface ResolvedMetricsOptions {
  readonly meterProvider: MeterProvider;
  readonly attributes: Attributes;
}

/**
 * Checks the options and fills in the defaults.
 * @throws SseError `INVALID_OPTION`
 */
export function resolveMetricsOptions(options: SseMetricsOptions): ResolvedMetricsOptions {
  checkKeys('metrics', options, ['meterProvider', 'attributes']);
  const { meterProvider = metrics.getMeterProvider(), attributes = {} } = options;
  checkFunction('meterProvider.getMeter', (meterProvider as { getMeter?: unknown } | null)?.getMeter);
  if (typeof attributes === 'object' && attributes !== null) {
    return { meterProvider, attributes: { ...attributes } };
  }
  throw new SseError('INVALID_OPTION', `attributes must be an object, but is ${shown(attributes)}`);
}
