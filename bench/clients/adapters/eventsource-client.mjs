import { createEventSource } from 'eventsource-client';
import { countingFetch } from './counting.mjs';

export function open(url, options, told) {
  const source = createEventSource({
    url,
    method: options.body === undefined ? 'GET' : 'POST',
    body: options.body,
    headers: options.headers,
    fetch: options.counts ? countingFetch() : fetch,
    onMessage: options.stopsAtFirst ? undefined : (event) => told.event(toEvent(event)),
    onDisconnect: () => {
      told.error('disconnected');
      // It closes a moment later.
      setTimeout(() => source.readyState === 'closed' && told.end(''), 1);
    },
    onScheduleReconnect: () => told.error('waits to come back'),
  });
  if (options.stopsAtFirst) void take(source, told);
  return source;
}

/** Its iterator keeps by itself what is not asked for yet. */
async function take(source, told) {
  for await (const event of source) await told.event(toEvent(event));
}

function toEvent({ event = 'message', data, id }) {
  return { type: event, data, lastEventId: id ?? '' };
}
