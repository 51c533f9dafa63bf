/** Listens to a client that has the listeners of the standard's `EventSource`. */
export function listen(source, options, told) {
  const { isDeaf = false, names = [] } = options;
  for (const name of ['message', ...names])
    if (name !== 'error')
      source.addEventListener(name, ({ type, data, lastEventId }) => told.event({ type, data, lastEventId }));
  if (isDeaf) return;
  // What the server calls `error` comes to the listeners that are told of failures.
  source.addEventListener('error', (event) => {
    if ('data' in event) told.event({ type: event.type, data: event.data, lastEventId: event.lastEventId });
    told.error(event.message ?? '');
    // launchdarkly-eventsource decides a moment later.
    setTimeout(() => source.readyState === 2 && told.end(event.message ?? ''), 1);
  });
}
