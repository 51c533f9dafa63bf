import { EVENT_NAME } from '../event.mjs';

// As long as the ids of this library, so that all send the same number of bytes.
const EPOCH = '1bench000-';

/** The events of a turn as the controls send them: encoded once, in one buffer. */
export function encodeTurn(events) {
  let run = '';
  for (const data of events) run += encodeEvent(data);
  return Buffer.from(run);
}

/** One event by hand, as short as it gets; without the checks that a library cannot do without. */
export function encodeEvent(data) {
  return `id:${EPOCH}${data.n.toString(36)}\nevent:${EVENT_NAME}\ndata:${JSON.stringify(data)}\n\n`;
}
