import type { Histogram, Meter, Observable } from '@opentelemetry/api';

/** What is told of a hub; instrumentHub lists names and units. */
export interface HubInstruments {
  readonly active: Observable;
  readonly lagging: Observable;
  readonly opened: Observable;
  readonly closed: Observable;
  readonly refused: Observable;
  readonly gaps: Observable;
  readonly sent: Observable;
  readonly published: Observable;
  readonly delivered: Observable;
  readonly replayed: Observable;
  readonly delay: Histogram;
}

// Seconds: an event leaves at the end of its turn, well within a millisecond where nothing else is to be done.
const DELAYS = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

export function createInstruments(meter: Meter): HubInstruments {
  const upDownCounter = (name: string, unit: string, description: string) =>
    meter.createObservableUpDownCounter(name, { unit, description });
  const counter = (name: string, unit: string, description: string) =>
    meter.createObservableCounter(name, { unit, description });
  return {
    active: upDownCounter('sse.stream.active', '{stream}', 'Streams that are open.'),
    lagging: upDownCounter(
      'sse.stream.lagging',
      '{stream}',
      'Open streams that have not yet been written everything that is new.',
    ),
    opened: counter('sse.stream.opened', '{stream}', 'Streams that have been opened.'),
    closed: counter('sse.stream.closed', '{stream}', 'Streams that have ended.'),
    refused: counter('sse.stream.refused', '{stream}', 'Requests that were not given a stream.'),
    gaps: counter('sse.stream.gaps', '{gap}', 'Gaps that clients were told of.'),
    sent: counter('sse.stream.sent', 'By', 'Bytes of bodies that were written to streams.'),
    published: counter('sse.event.published', '{event}', 'Events that were published by this node.'),
    delivered: counter(
      'sse.event.delivered',
      '{event}',
      'Events that were written to streams, one for each event and stream.',
    ),
    replayed: counter('sse.event.replayed', '{event}', 'Delivered events that were read from the log.'),
    delay: meter.createHistogram('sse.event.delay', {
      unit: 's',
      description: 'Time from the publish of an event to its write to the live streams.',
      advice: { explicitBucketBoundaries: DELAYS },
    }),
  };
}
