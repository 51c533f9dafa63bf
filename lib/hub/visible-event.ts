import type { LogRecord } from '../log/event-log.js';
import { formatPosition } from '../log/position.js';
import { topicOf } from '../log/topic-key.js';
import { decodeBody } from '../protocol/decode-body.js';
import { deserializeData } from '../protocol/serialize.js';
import type { SeenEvent } from './event-map.js';

/**
 * An event as filters see it: the same for a live event, a replayed one and one that was published on another node.
 * Shared by all filters; it must not be changed.
 *
 * - `event`: the name; `message` where the event has none.
 * - `data`: as it was published: parsed from JSON or base64, text where it was a string or the option `serialize` is
 *   set. With a map of events it has the type that the map gives it, as far as JSON keeps that.
 */
export type VisibleEvent<Events = unknown> = SeenEvent<Events> & {
  readonly id: string;
  /** The public topics that it was published to; empty for what was broadcast or sent to a user. */
  readonly topics: readonly string[];
};

/** The record as filters see it. */
export function toVisibleEvent(record: LogRecord, epoch: string): VisibleEvent {
  const { event = 'message', data } = decodeBody(record.body);
  return {
    id: record.id ?? formatPosition(epoch, record.offset),
    event,
    data: data === undefined ? undefined : deserializeData({ kind: record.kind, text: data }),
    topics: record.keys.map(topicOf).filter((topic) => topic !== undefined),
  };
}
