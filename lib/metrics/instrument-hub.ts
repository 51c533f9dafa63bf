import type { BatchObservableResult, Observable } from '@opentelemetry/api';
import { SseError } from '../errors/sse-error.js';
import type { SseHub } from '../hub/sse-hub.js';
import { createInstruments, type HubInstruments } from './hub-instruments.js';
import { resolveMetricsOptions, type SseMetricsOptions } from './metrics-options.js';

/** That of the package, which a test compares. */
const SCOPE_VERSION = '0.1.0';

const instrumented = new WeakSet<SseHub>();

/**
 * Tells what a hub does to OpenTelemetry. What is counted is read from `hub.stats()` when the figures are collected, so
 * an event costs nothing more; only the delay is measured as it happens, once for each event.
 *
 * Names, units (UCUM) and kinds of instruments follow OpenTelemetry's general semantic conventions for metrics
 * (https://opentelemetry.io/docs/specs/semconv/general/metrics/). All is of this node, and counted since the hub was
 * made.
 *
 * | name                  | instrument      | unit       | attributes          | what                                         |
 * | --------------------- | --------------- | ---------- | ------------------- | -------------------------------------------- |
 * | `sse.stream.active`   | UpDownCounter   | `{stream}` |                     | streams that are open                        |
 * | `sse.stream.lagging`  | UpDownCounter   | `{stream}` |                     | those of them that have not yet been written everything that is new |
 * | `sse.stream.opened`   | Counter         | `{stream}` |                     | streams that have been opened                |
 * | `sse.stream.closed`   | Counter         | `{stream}` | `sse.close.reason`  | streams that have ended                      |
 * | `sse.stream.refused`  | Counter         | `{stream}` | `sse.refusal.cause` | requests that were not given a stream        |
 * | `sse.stream.gaps`     | Counter         | `{gap}`    | `sse.gap.reason`    | gaps that clients were told of               |
 * | `sse.stream.sent`     | Counter         | `By`       |                     | bytes of bodies that were written to streams |
 * | `sse.event.published` | Counter         | `{event}`  |                     | events that were published here              |
 * | `sse.event.delivered` | Counter         | `{event}`  |                     | events that were written to streams, one for each event and stream |
 * | `sse.event.replayed`  | Counter         | `{event}`  |                     | those of them that were read from the log    |
 * | `sse.event.delay`     | Histogram       | `s`        |                     | from the publish to the write to the live streams, one for each event |
 *
 * The values of the attributes are those of `CloseReason`, `RefusalCause` and `GapReason`; each is told from the
 * beginning, with 0.
 *
 * @returns what ends it; further calls of it do nothing
 * @throws SseError `INVALID_OPTION`, also for a hub that is instrumented already
 */
export function instrumentHub(hub: SseHub, options: SseMetricsOptions = {}): () => void {
  const { meterProvider, attributes } = resolveMetricsOptions(options);
  if (instrumented.has(hub)) {
    throw new SseError(
      'INVALID_OPTION',
      'the hub is instrumented already; leave out one of SseMetricsModule and instrumentHub(hub), or end the first',
    );
  }
  const meter = meterProvider.getMeter('nestjs-sse-hub', SCOPE_VERSION);
  const { delay, ...counted } = createInstruments(meter);
  const collect = (result: BatchObservableResult) => observe(hub, counted, attributes, result);
  const observables = Object.values(counted);

  instrumented.add(hub);
  meter.addBatchObservableCallback(collect, observables);
  // The clocks of two nodes may differ by more than an event takes.
  hub.observeDelay((seconds) => delay.record(Math.max(0, seconds), attributes));
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    instrumented.delete(hub);
    meter.removeBatchObservableCallback(collect, observables);
    hub.observeDelay(undefined);
  };
}

function observe(
  hub: SseHub,
  counted: Omit<HubInstruments, 'delay'>,
  attributes: SseMetricsOptions['attributes'],
  result: BatchObservableResult,
): void {
  const stats = hub.stats();
  const each = (observable: Observable, name: string, counts: Readonly<Record<string, number>>) => {
    for (const [value, count] of Object.entries(counts)) {
      result.observe(observable, count, { ...attributes, [name]: value });
    }
  };
  result.observe(counted.active, stats.open, attributes);
  result.observe(counted.lagging, stats.lagging, attributes);
  result.observe(counted.opened, stats.opened, attributes);
  each(counted.closed, 'sse.close.reason', stats.closed);
  each(counted.refused, 'sse.refusal.cause', stats.refused);
  each(counted.gaps, 'sse.gap.reason', stats.gaps);
  result.observe(counted.sent, stats.bytes, attributes);
  result.observe(counted.published, stats.published, attributes);
  result.observe(counted.delivered, stats.delivered, attributes);
  result.observe(counted.replayed, stats.replayed, attributes);
}
