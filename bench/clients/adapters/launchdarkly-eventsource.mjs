import { EventSource } from 'launchdarkly-eventsource';
import { listen } from './listen.mjs';

export function open(url, options, told) {
  const headers = { ...options.headers };
  const source = new EventSource(url, {
    method: options.body === undefined ? 'GET' : 'POST',
    body: options.body,
    headers,
    readTimeoutMillis: options.idleTimeout,
  });
  if (options.counts) {
    // The first request takes what is there before the constructor is done.
    let attempt = 1;
    source.addEventListener('retrying', () => (headers['x-attempt'] = `${++attempt}`));
  }
  listen(source, options, told);
  if (!options.isDeaf) source.addEventListener('end', () => told.error('the stream has ended'));
  return source;
}
