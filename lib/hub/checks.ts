import { shown, SseError } from '../errors/sse-error.js';
import type { EventLog } from '../log/event-log.js';
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
