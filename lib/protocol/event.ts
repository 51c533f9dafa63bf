/**
 * An event of a `text/event-stream` (WHATWG HTML 9.2.5). At least one field must be there.
 */
export interface SseEvent<Data = unknown> {
  /** The event's name; a string without CR or LF. Clients call an event without one `message`. */
  event?: string;
  /** Nest's word for {@link SseEvent.event}. */
  type?: string;
  /**
   * What clients send as `Last-Event-ID` when they reconnect; a non-empty string without NUL, CR or LF. For events
   * that are published the default is the event's position in the log.
   */
  id?: string;
  /** The payload: strings as they are, `Uint8Array` as base64, everything else as JSON. Without it clients dispatch no event. */
  data?: Data;
  /** Milliseconds after which the client reconnects from now on; a non-negative integer. */
  retry?: number;
  /** Lines that clients ignore. */
  comment?: string;
}

/** Whether a value is written as an event: an object that has event fields and nothing else. */
export function isEvent(value: unknown): value is SseEvent {
  if (typeof value !== 'object' || value === null) return false;
  let fields = 0;
  for (const key of Object.keys(value)) {
    if (!isField(key)) return false;
    fields++;
  }
  return fields > 0;
}

function isField(name: string): boolean {
  switch (name) {
    case 'event':
    case 'type':
    case 'id':
    case 'data':
    case 'retry':
    case 'comment':
      return true;
    default:
      return false;
  }
}

/** What a source emits, as an event: events as they are, everything else becomes the data of one. */
export function toEvent(item: unknown): SseEvent {
  return isEvent(item) ? item : { data: item };
}
