import { checkDelay } from './check.js';
import { resolveTopicRules, type TopicRule, type TopicRules } from './topic-rules.js';

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
  const others = checkDelay('flushInterval', flushInterval, 0);
  return resolveTopicRules(topics, others, ['flushInterval'], (options) =>
    checkDelay('topics.flushInterval', options.flushInterval, 0),
  );
}
