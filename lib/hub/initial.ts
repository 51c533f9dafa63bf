import type { Connection } from '../connection/connection.js';
import { shown, SseError } from '../errors/sse-error.js';
import { isEvent, type SseEvent } from '../protocol/event.js';
import type { HubStream } from './hub-stream.js';

/**
 * Sends a stream's snapshot, as the client takes it.
 * @throws SseError `INVALID_SOURCE`, the codes of `connection.send`, and what the function itself throws
 */
export async function sendInitial(
  initial: NonNullable<HubStream['initial']>,
  position: string,
  connection: Connection,
): Promise<void> {
  for await (const event of eventsOf(await initial(position))) await connection.send(event);
}

function eventsOf(events: unknown): Iterable<SseEvent> | AsyncIterable<SseEvent> {
  if (events === undefined || events === null) return [];
  if (isEvent(events)) return [events];
  if (typeof events === 'object' && (Symbol.iterator in events || Symbol.asyncIterator in events)) {
    return events as Iterable<SseEvent>;
  }
  throw new SseError(
    'INVALID_SOURCE',
    `initial gives an event, an iterable of events or nothing, but gave ${shown(events)}`,
  );
}
