/** An event as a page's script gets it. */
export interface DecodedEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

export interface DecodedStream {
  readonly events: readonly DecodedEvent[];
  /** The last event id string when the stream has ended. */
  readonly lastEventId: string;
  /** The reconnection time in milliseconds, where one was sent. */
  readonly retry: number | undefined;
}

/**
 * Decodes a whole event stream word for word as WHATWG HTML 9.2.6 says, with no thought of speed: what it shares with
 * the encoder under test is the standard only.
 */
export function decodeNaively(bytes: Uint8Array): DecodedStream {
  const events: DecodedEvent[] = [];
  let data = '';
  let type = '';
  let idBuffer = '';
  let lastEventId = '';
  let retry: number | undefined;

  const dispatch = () => {
    lastEventId = idBuffer;
    if (data !== '') {
      if (data.endsWith('\n')) data = data.slice(0, -1);
      events.push({ type: type === '' ? 'message' : type, data, lastEventId });
    }
    data = '';
    type = '';
  };

  const processField = (field: string, value: string) => {
    if (field === 'event') type = value;
    else if (field === 'data') data += `${value}\n`;
    else if (field === 'id' && !value.includes('\0')) idBuffer = value;
    else if (field === 'retry' && /^[0-9]+$/.test(value)) retry = Number.parseInt(value, 10);
  };

  // "UTF-8 decode" takes one byte order mark off the beginning, and replaces what is no UTF-8.
  const text = new TextDecoder('utf-8').decode(bytes);
  const lines = text.split(/\r\n|\n|\r/);
  // What follows the last line end is no line; an event that it belongs to is discarded.
  lines.pop();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (line === '') dispatch();
    else if (colon === -1) processField(line, '');
    else if (colon > 0) processField(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''));
  }
  return { events, lastEventId, retry };
}
