import { shown, SseError } from '../errors/sse-error.js';
import { checkDelay, checkKeys } from './check.js';
import { TopicRules, type TopicRule } from './topic-rules.js';

/** A `flushInterval` of its own for one topic, or for all whose names begin with a prefix. */
export type TopicFlush = TopicRule & {
  /** Milliseconds; 0 for those of one turn of the event loop. */
  flushInterval: number;
};

/**
 * The flush intervals of all topics.
 * @throws SseError `INVALID_OPTION`
 */
export function resolveFlushIntervals(
  flushInterval: number,
  topics: readonly TopicFlush[],
): TopicRules<number> {
  const intervals = new TopicRules(checkDelay('flushInterval', flushInterval, 0));
  if (!Array.isArray(topics))
    throw new SseError('INVALID_OPTION', `topics must be an array, but is ${shown(topics)}`);
  for (const options of topics as readonly TopicFlush[]) {
    checkKeys('each of topics', options, ['topic', 'prefix', 'flushInterval']);
    intervals.add(options, checkDelay('topics.flushInterval', options.flushInterval, 0));
  }
  return intervals;
}
