import { describe, expect, test } from '@jest/globals';
import { brotliCompressSync, constants, createGzip } from 'node:zlib';
import { clientPlatforms, serve } from '../support/client-platforms.js';

describe.each(clientPlatforms)('4. Responses ($name)', ({ run }) => {
  test.each([
    ['text/event-stream', true],
    ['TEXT/Event-Stream', true],
    ['text/event-stream;charset=utf-8', true],
    ['text/event-stream ; x=y;z', true],
    ['text/event-streamx', false],
    ['text/event-stream+json', false],
    ['x-text/event-stream', false],
    ['text/plain', false],
    ['', false],
  ])('of the type %j: is read: %s', async (type, isRead) => {
    const server = await serve((exchange) => {
      exchange.head(200, { 'content-type': type });
      exchange.send('data:a\n\n');
      exchange.end();
    });
    const result = await run(server, async ({ quickClient, failureOf, url }) => {
      const events: string[] = [];
      const client = quickClient(url, { mode: 'finite' });
      const failure = await failureOf(client.subscribe(({ data }) => events.push(data)));
      return { events, code: failure?.code, status: failure?.status, body: failure?.body };
    });
    expect(result).toEqual(
      isRead
        ? { events: ['a'], code: undefined, status: undefined, body: undefined }
        : { events: [], code: 'BAD_RESPONSE', status: 200, body: 'data:a\n\n' },
    );
  });

  test('without a type is not read', async () => {
    const server = await serve((exchange) => {
      exchange.head(200, {});
      exchange.end();
    });
    const failure = await run(server, async ({ quickClient, failureOf, url }) =>
      failureOf(quickClient(url).subscribe(() => undefined)),
    );
    expect(failure).toMatchObject({ code: 'BAD_RESPONSE', status: 200 });
  });

  test('that are none are told with status, headers and the beginning of their body, and given up', async () => {
    let isGivenUp = false;
    const server = await serve(async (exchange) => {
      exchange.head(404, { 'content-type': 'application/json', 'x-own': 'yes' });
      // It never ends by itself.
      while (!exchange.isClosed) await exchange.sent('no such stream; '.repeat(1_000));
      isGivenUp = true;
    });
    const told = await run(server, async ({ quickClient, SseClientError, url }) => {
      const error: unknown = await quickClient(url)
        .subscribe(() => undefined)
        .catch((reason: unknown) => reason);
      if (!(error instanceof SseClientError)) return undefined;
      const { status, headers, body, url: from } = error.response!;
      return {
        code: error.code,
        status,
        own: headers.get('x-own'),
        length: body.length,
        isUrl: from === url,
      };
    });
    expect(told).toEqual({ code: 'BAD_RESPONSE', status: 404, own: 'yes', length: 4_096, isUrl: true });
    await server.idle();
    expect(isGivenUp).toBe(true);
  });

  test('are looked at by a function of the application instead', async () => {
    const server = await serve((exchange, index) => {
      exchange.head(index === 0 ? 202 : 500, { 'content-type': 'text/plain' });
      exchange.send('data:a\n\n');
      exchange.end();
    });
    const result = await run(server, async ({ quickClient, failureOf, url }) => {
      const events: string[] = [];
      const client = quickClient(url, {
        validate: async (response) => {
          if (response.status !== 202) throw new Error('not today');
        },
        retryPolicy: 'standard',
      });
      const failure = await failureOf(client.subscribe(({ data }) => events.push(data)));
      return { events, failure };
    });
    expect(result.events).toEqual(['a']);
    expect(result.failure).toMatchObject({ code: 'BAD_RESPONSE', status: 500, cause: 'not today' });
  });

  test('come event by event where they are compressed with gzip', async () => {
    const server = await serve(async (exchange) => {
      exchange.head(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
      const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
      gzip.on('data', (bytes: Uint8Array) => exchange.send(bytes));
      gzip.write('data:one\n\n');
      await server.until(1);
      gzip.write('data:two\n\n');
    });
    const events = await run(server, async ({ quickClient, take, url }) => take(quickClient(url), 2));
    expect(events.map(({ data }) => data)).toEqual(['one', 'two']);
  });
});

// A browser offers br over TLS only.
test('4. Responses (Node): are read where they are compressed with br', async () => {
  const server = await serve((exchange) => {
    exchange.head(200, { 'content-type': 'text/event-stream', 'content-encoding': 'br' });
    exchange.send(brotliCompressSync('data:one\n\n'));
    exchange.end();
  });
  const [node] = clientPlatforms;
  const events = await node!.run(server, async ({ quickClient, take, url }) => take(quickClient(url), 1));
  expect(events[0]!.data).toBe('one');
});
