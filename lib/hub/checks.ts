import { shown, SseError } from '../errors/sse-error.js';
import type { EventLog } from '../log/event-log.js';
import { parsePosition } from '../log/position.js';
import { topicKeys, type TopicKey } from '../log/topic-key.js';
import { HubStream } from './hub-stream.js';

// What the hub is given from outside, checked at the door.

const LOG_METHODS = ['open', 'append', 'end', 'read', 'locate', 'close'] as const;

/** @throws SseError `INVALID_OPTION` */
export function checkLog(log: EventLog): EventLog {
  const methods = log as Partial<EventLog> | null;
  if (LOG_METHODS.every((method) => typeof methods?.[method] === 'function')) return log;
  throw new SseError(
    'INVALID_OPTION',
    `log must be an event log, as memoryLog() makes one, but is ${shown(log)}`,
  );
}

/** @throws SseError `INVALID_OPTION` */
export function checkStream(stream: unknown): void {
  if (stream instanceof HubStream) return;
  throw new SseError(
    'INVALID_OPTION',
    `stream must be what hub.stream(topics) gives, but is ${shown(stream)}`,
  );
}

/**
 * The keys of at least one topic.
 * @throws SseError `INVALID_TOPIC`
 */
export function someTopicKeys(topics: string | readonly string[]): readonly TopicKey[] {
  const keys = topicKeys(topics);
  if (keys.length > 0) return keys;
  throw new SseError('INVALID_TOPIC', 'publish needs at least one topic, but was given an empty array');
}

/**
 * An own id must not be taken for a position of the log.
 * @throws SseError `INVALID_ID`
 */
export function checkOwnId(id: string | undefined): void {
  if (id === undefined || parsePosition(id) === undefined) return;
  throw new SseError(
    'INVALID_ID',
    `the id ${shown(id)} looks like a position of the log; leave it out, or add a prefix`,
  );
}
