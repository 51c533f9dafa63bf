import { SseClient } from 'nestjs-sse-hub/client';

export function open(url, options, told) {
  let attempt = 0;
  const client = new SseClient(url, {
    method: options.body === undefined ? 'GET' : 'POST',
    body: options.body,
    headers: () => ({ ...options.headers, ...(options.counts ? { 'x-attempt': `${++attempt}` } : {}) }),
    idleTimeout: options.idleTimeout ?? 0,
    mode: options.isFinite ? 'finite' : 'live',
  });
  if (!options.isDeaf) client.onError((error) => told.error(error.message));
  client
    .subscribe((event) => told.event(event))
    .then(
      () => told.end(''),
      (error) => told.end(error.message),
    );
  return client;
}
