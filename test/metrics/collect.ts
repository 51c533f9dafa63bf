import {
  DataPointType,
  MetricReader,
  type CollectionResult,
  type MetricData,
} from '@opentelemetry/sdk-metrics';

/** Collects when it is asked to, and sends nothing anywhere. */
export class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** One instrument as it was collected, with its value, or those by attributes. */
export interface CollectedMetric {
  /** Name and version of the scope of instrumentation. */
  readonly scope: string;
  readonly name: string;
  readonly unit: string;
  readonly kind: 'counter' | 'up-down counter' | 'histogram' | 'other';
  readonly points: readonly { readonly attributes: object; readonly value: unknown }[];
}

/** What a reader gets of the library, by name. */
export async function collect(reader: MetricReader): Promise<Map<string, CollectedMetric>> {
  const collected = await reader.collect();
  return new Map(metricsOf(collected).map((metric) => [metric.name, metric]));
}

/** The value of an instrument with these attributes. */
export function valueOf(
  metrics: Map<string, CollectedMetric>,
  name: string,
  attributes: object = {},
): unknown {
  const wanted = JSON.stringify(attributes);
  return metrics.get(name)?.points.find((point) => JSON.stringify(point.attributes) === wanted)?.value;
}

function metricsOf({ resourceMetrics, errors }: CollectionResult): CollectedMetric[] {
  if (errors.length > 0) throw new AggregateError(errors, 'the figures could not be collected');
  return resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map((metric) => ({
      scope: `${scope.name} ${scope.version}`,
      name: metric.descriptor.name,
      unit: metric.descriptor.unit,
      kind: kindOf(metric),
      points: metric.dataPoints.map(({ attributes, value }) => ({ attributes, value })),
    })),
  );
}

function kindOf(metric: MetricData): CollectedMetric['kind'] {
  if (metric.dataPointType === DataPointType.HISTOGRAM) return 'histogram';
  if (metric.dataPointType !== DataPointType.SUM) return 'other';
  return metric.isMonotonic ? 'counter' : 'up-down counter';
}
