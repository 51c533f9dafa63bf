import { EventSource } from 'eventsource';
import { countingFetch } from './counting.mjs';
import { listen } from './listen.mjs';

export function open(url, options, told) {
  const source = new EventSource(url, { fetch: fetchOf(options) });
  listen(source, options, told);
  return source;
}

function fetchOf({ counts, body, headers }) {
  if (counts) return countingFetch();
  if (body !== undefined) return (input, init) => fetch(input, { ...init, method: 'POST', body });
  if (headers === undefined) return fetch;
  return (input, init) => fetch(input, { ...init, headers: Object.assign({}, init.headers, headers) });
}
