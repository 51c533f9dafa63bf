import { countingFetch } from './counting.mjs';

// It is made for pages, and takes these for granted.
globalThis.window = globalThis;
globalThis.document = {
  hidden: false,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
};

const { fetchEventSource } = await import('@microsoft/fetch-event-source');

export function open(url, options, told) {
  const controller = new AbortController();
  fetchEventSource(url, {
    method: options.body === undefined ? 'GET' : 'POST',
    body: options.body,
    headers: options.headers,
    openWhenHidden: true,
    signal: controller.signal,
    fetch: options.counts ? countingFetch() : fetch,
    onmessage: ({ event, data, id }) => told.event({ type: event || 'message', data, lastEventId: id }),
    onclose: () => {
      // It is done when a stream ends, unless it is told by an error to come back.
      if (!options.isFinite) throw new Error('the stream has ended');
    },
    onerror: (error) => told.error(error.message),
  }).then(
    () => told.end(''),
    (error) => told.end(error.message),
  );
  return { close: () => controller.abort() };
}
