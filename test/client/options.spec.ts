import { expect, test } from '@jest/globals';
import { SseClient, type ClientEvent } from '../../lib/client.js';

interface Prices {
  AAPL: number;
  note: { text: string };
}

/** Fails to compile where the two are not the same type. */
function expectSame<One, Other>(
  ..._same: [One] extends [Other] ? ([Other] extends [One] ? [] : ['not the same']) : ['not the same']
): void {
  expect(_same).toEqual([]);
}

const URL = 'http://127.0.0.1:9/';

test('A map of events types what is delivered, by name and in all', () => {
  const client = new SseClient<Prices>(URL, { decode: 'json', decoders: { AAPL: Number } });
  client.on('AAPL', ({ data }) => expectSame<typeof data, number>());
  // @ts-expect-error -- the map has no such event
  client.on('MSFT', () => undefined);
  // @ts-expect-error -- a decoder of another type
  expect(() => new SseClient<Prices>(URL, { decoders: { AAPL: (text) => ({ text }) } })).not.toThrow();
  type Event = ClientEvent<Prices>;
  expectSame<Extract<Event, { type: 'note' }>['data'], { text: string }>();
  client.close();
});

test('Without a map every event has text', () => {
  const client = new SseClient(URL);
  client.on('anything', ({ type, data }) => {
    expectSame<typeof type, 'anything'>();
    expectSame<typeof data, string>();
  });
  client.close();
});

test.each([
  ['retries', { retries: 3 }],
  ['method', { method: 'GET /' }],
  ['body', { body: 'x' }],
  ['decode', { decode: 'xml' }],
  ['decoders.AAPL', { decoders: { AAPL: {} } }],
  ['lastEventId', { lastEventId: 'a\nb' }],
  ['maxEventBytes', { maxEventBytes: 0 }],
  ['idleTimeout', { idleTimeout: -1 }],
  ['connectTimeout', { connectTimeout: 2 ** 31 }],
  ['retryPolicy', { retryPolicy: 'never' }],
  ['mode', { mode: 'once' }],
  ['isEnd', { isEnd: '[DONE]' }],
  ['signal', { signal: {} }],
  ['init', { init: { signal: null } }],
  ['gapEvent', { gapEvent: '' }],
  ['fetch', { fetch: 1 }],
  ['validate', { validate: true }],
  ['shouldRetry', { shouldRetry: true }],
  ['reconnectDelay', { reconnectDelay: 0.5 }],
  ['maxAttempts', { maxAttempts: 0 }],
  ['maxReconnectTime', { maxReconnectTime: -1 }],
  ['stableAfter', { stableAfter: '1s' }],
])('An option that is none is refused at once, by its name: %s', (name, options) => {
  expect(() => new SseClient(URL, options as never)).toThrow(
    expect.objectContaining({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(name.split('.')[0]!),
    }),
  );
});
