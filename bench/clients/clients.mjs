// The clients that are compared, and how each is told to do what not all of them have an option for. What is left out
// it cannot be told: the fact is n/a for it.

const BY_FETCH = 'by its `fetch`';

export const clients = [
  {
    title: 'SseClient',
    package: 'nestjs-sse-hub',
    adapter: 'sse-client',
    entry: "export { SseClient } from 'nestjs-sse-hub/client';",
    can: { post: '', headers: '', redirect: '', idleTimeout: '' },
  },
  {
    title: 'eventsource',
    package: 'eventsource',
    adapter: 'eventsource',
    entry: "export { EventSource } from 'eventsource';",
    can: { post: BY_FETCH, headers: BY_FETCH, redirect: BY_FETCH },
  },
  {
    title: 'eventsource-client',
    package: 'eventsource-client',
    adapter: 'eventsource-client',
    entry: "export { createEventSource } from 'eventsource-client';",
    can: { post: '', headers: BY_FETCH, redirect: '' },
  },
  {
    title: 'fetch-event-source',
    package: '@microsoft/fetch-event-source',
    adapter: 'fetch-event-source',
    entry: "export { fetchEventSource } from '@microsoft/fetch-event-source';",
    can: { post: '', headers: BY_FETCH, redirect: '' },
  },
  {
    title: 'launchdarkly-eventsource',
    package: 'launchdarkly-eventsource',
    adapter: 'launchdarkly-eventsource',
    can: { post: '', headers: 'by changing its object', redirect: '', idleTimeout: '' },
  },
  {
    title: 'undici',
    package: 'undici',
    adapter: 'undici',
    can: { headers: 'by its dispatcher', idleTimeout: "by its dispatcher's `bodyTimeout`" },
  },
];
