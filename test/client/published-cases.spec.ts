// The cases of the folder `eventsource` of web-platform-tests that are about requests, answers and coming back, told
// again under their names; those about the format are in test/protocol. The client follows the policy "standard" here.
import { describe, expect, test } from '@jest/globals';
import { clientPlatforms, serve } from '../support/client-platforms.js';

const [, chromium] = clientPlatforms;

describe.each(clientPlatforms)('published cases ($name)', ({ run, lacks }) => {
  test.each([
    ['eventsource-onopen', 'text/event-stream', true],
    ['format-mime-bogus', 'x bogus', false],
    ['format-mime-trailing-semicolon', 'text/event-stream;', true],
    ['format-mime-valid-bogus', 'text/event-stream;bogus', true],
  ])('%s', async (_name, type, isOpened) => {
    const server = await serve((exchange) => {
      exchange.head(200, { 'content-type': type });
      exchange.send('data:data\n\n');
      exchange.end();
    });
    const states = await run(server, async ({ quickClient, failureOf, url }) => {
      const client = quickClient(url, { retryPolicy: 'standard' });
      const told: string[] = [client.readyState];
      client.onConnect(() => told.push(client.readyState));
      const over = failureOf(
        client.subscribe(({ data }) => {
          told.push(String(data));
          client.close();
        }),
      );
      told.push(client.readyState);
      const failure = await over;
      return [...told, client.readyState, failure?.code ?? 'no error'];
    });
    expect(states).toEqual(
      isOpened
        ? ['idle', 'connecting', 'open', 'data', 'closed', 'no error']
        : ['idle', 'connecting', 'closed', 'BAD_RESPONSE'],
    );
  });

  test.each([204, 205, 210, 299, 404, 410, 503])('request-status-error (%i)', async (status) => {
    const server = await serve((exchange) => {
      exchange.head(status);
      if (status === 204 || status === 205) exchange.end();
      else exchange.send('data:data\n\n');
    });
    const result = await run(server, async ({ quickClient, failureOf, url }) => {
      const client = quickClient(url, { retryPolicy: 'standard' });
      const events: unknown[] = [];
      const failure = await failureOf(client.subscribe((event) => events.push(event)));
      return { events, state: client.readyState, status: failure?.status };
    });
    // The standard has 204 end a client as any other; it is no error, since it is how a server says that this is all.
    expect(result).toEqual({ events: [], state: 'closed', status: status === 204 ? undefined : status });
    expect(server.requests).toHaveLength(1);
  });

  test.each([301, 302, 303, 307, 308])('request-redirect (%i)', async (status) => {
    const server = await serve((exchange, index) => {
      if (index === 0) exchange.answer(status, { location: '/message' });
      else exchange.stream('data:data');
    });
    const told = await run(server, async ({ quickClient, listen, take, url }) => {
      const client = quickClient(url, { retryPolicy: 'standard' });
      const { connects } = listen(client);
      return { events: await take(client, 1), connects };
    });
    expect(told.events).toMatchObject([{ data: 'data' }]);
    expect(told.connects).toEqual([{ status: 200, url: `${server.origin}/message` }]);
  });

  test('eventsource-reconnect', async () => {
    const server = await serve((exchange) => {
      exchange.stream('retry:2', 'data:data');
      exchange.end();
    });
    const result = await run(server, async ({ quickClient, listen, take, url }) => {
      const client = quickClient(url, { retryPolicy: 'standard' });
      const { connects, disconnects } = listen(client);
      const events = await take(client, 3);
      return { events: events.length, connects: connects.length, disconnects };
    });
    expect(result).toMatchObject({ events: 3, connects: 3 });
    expect(result.disconnects).toMatchObject([
      { reason: 'end', willRetry: true },
      { reason: 'end', willRetry: true },
      { reason: 'left', willRetry: false },
    ]);
  });

  test.each([204, 205, 404, 503])('eventsource-reconnect (%i when it comes back)', async (status) => {
    const server = await serve((exchange, index) => {
      if (index > 0) {
        exchange.answer(status);
        return;
      }
      exchange.stream('data:data');
      exchange.end();
    });
    const state = await run(server, async ({ quickClient, failureOf, url }) => {
      const client = quickClient(url, { retryPolicy: 'standard' });
      await failureOf(client.subscribe(() => undefined));
      return client.readyState;
    });
    expect(state).toBe('closed');
    expect(server.requests).toHaveLength(2);
  });

  test('eventsource-close', async () => {
    const server = await serve((exchange) => {
      exchange.stream('retry:1', 'data:first\n\ndata:second');
      exchange.end();
    });
    const result = await run(server, async ({ quickClient, delay, url }) => {
      const client = quickClient(url, { retryPolicy: 'standard' });
      const events: string[] = [];
      await client.subscribe(({ data }) => {
        events.push(data);
        client.close();
      });
      await delay(50);
      return { events, state: client.readyState };
    });
    expect(result).toEqual({ events: ['first'], state: 'closed' });
    expect(server.requests).toHaveLength(1);
  });

  test('eventsource-request-cancellation', async () => {
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    let isCancelled = false;
    const server = await serve(async (exchange) => {
      if (exchange.request.path === '/sse') {
        arrive();
        await exchange.closed;
        isCancelled = true;
      } else {
        await arrived;
        exchange.answer(200);
      }
    });
    const told = await run(server, async ({ quickClient, listenToAll, url }) => {
      const client = quickClient(url, { retryPolicy: 'standard' });
      const { connects, errors } = listenToAll(client);
      const over = client.subscribe(() => undefined);
      await fetch(`${url}?whether-it-has-arrived`);
      client.close();
      await over;
      return { connects, errors, state: client.readyState };
    });
    expect(told).toEqual({ connects: [], errors: [], state: 'closed' });
    await server.idle();
    expect(isCancelled).toBe(true);
    expect(server.requests.filter(({ path }) => path === '/sse')).toHaveLength(1);
  });

  test('format-field-id, format-field-id-2', async () => {
    const server = await serve((exchange, index) => {
      exchange.stream(index === 0 ? 'id:…\ndata:hello' : 'data:again');
      exchange.end();
    });
    const events = await run(server, async ({ quickClient, take, url }) =>
      take(quickClient(url, { retryPolicy: 'standard' }), 4),
    );
    expect(events.map(({ data, lastEventId }) => [data, lastEventId])).toEqual([
      ['hello', '…'],
      ['again', '…'],
      ['again', '…'],
      ['again', '…'],
    ]);
    const bytes = Buffer.from('…').toString('latin1');
    expect(server.requests.slice(0, 4).map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      bytes,
      bytes,
      bytes,
    ]);
  });

  test.each(['\0', 'x\0', '\0x', 'x\0x', ' \0'])('format-field-id-null (%j)', async (id) => {
    const server = await serve((exchange) => {
      exchange.stream(`id:${id}\ndata:hello`);
      exchange.end();
    });
    const events = await run(server, async ({ quickClient, take, url }) =>
      take(quickClient(url, { retryPolicy: 'standard' }), 2),
    );
    expect(events.map(({ lastEventId }) => lastEventId)).toEqual(['', '']);
    expect(server.requests[1]!.headers['last-event-id']).toBeUndefined();
  });

  test.each([
    ['format-field-retry', 'retry:200', 200],
    ['format-field-retry-bogus', 'retry:200\nretry:1000x', 200],
    ['format-field-retry-empty', 'retry:200\nretry', 200],
  ])('%s', async (_name, fields, least) => {
    const server = await serve((exchange) => {
      exchange.stream(`${fields}\ndata:x`);
      exchange.end();
    });
    const disconnects = await run(server, async ({ quickClient, listen, take, url }) => {
      const client = quickClient(url, { retryPolicy: 'standard' });
      const told = listen(client);
      await take(client, 2);
      return told.disconnects;
    });
    // What is random is on top of it.
    expect(disconnects[0]!.retryIn).toBeGreaterThanOrEqual(least);
    expect(disconnects[0]!.retryIn).toBeLessThanOrEqual(least + 10);
  });

  test.each([
    ['request-accept', { accept: 'text/event-stream' }],
    ...(lacks.includes('cache') ? [] : [['request-cache-control', { 'cache-control': 'no-cache' }] as const]),
  ])('%s', async (_name, headers) => {
    const server = await serve((exchange) => exchange.stream('data:data'));
    await run(server, async ({ quickClient, take, url }) =>
      take(quickClient(url, { retryPolicy: 'standard' }), 1),
    );
    expect(server.requests[0]!.headers).toMatchObject(headers);
  });

  test('eventsource-from-readable-stream', async () => {
    const server = await serve((exchange) => {
      exchange.stream('retry:1\nid:1\nevent:named\ndata:a', 'data:b');
      exchange.end();
    });
    const events = await run(server, async ({ SseClient, take, url }) => {
      const { body } = await fetch(url);
      return take(SseClient.from<any>(body!), 3);
    });
    expect(events).toMatchObject([
      { type: 'named', data: 'a', lastEventId: '1' },
      { type: 'message', data: 'b', lastEventId: '1' },
    ]);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    'ftp://example.not/',
    'about:blank',
    'mailto:whatwg@awesome.example',
    "javascript:alert('FAIL')",
  ])('eventsource-constructor-non-same-origin (%s)', async (bad) => {
    const server = await serve(() => undefined);
    const result = await run(
      server,
      async ({ quickClient, failureOf }, url) => {
        const client = quickClient(url, { retryPolicy: 'standard' });
        const failure = await failureOf(client.subscribe(() => undefined));
        return { code: failure?.code, state: client.readyState };
      },
      bad,
    );
    expect(result).toEqual({ code: 'INVALID_OPTION', state: 'closed' });
  });

  test('eventsource-constructor-url-bogus', async () => {
    const server = await serve(() => undefined);
    const failure = await run(server, async ({ quickClient, failureOf }) =>
      failureOf(quickClient('http://[this is invalid/').subscribe(() => undefined)),
    );
    expect(failure!.code).toBe('INVALID_OPTION');
  });
});

describe('published cases (Chromium)', () => {
  test('eventsource-url: relative to the page', async () => {
    const server = await serve((exchange) => exchange.stream('data:data'));
    const url = await chromium!.run(server, async ({ quickClient, take }) => {
      const client = quickClient('resources/message?x#fragment');
      await take(client, 1);
      return client.url;
    });
    expect(url).toBe(`${server.origin}/resources/message?x#fragment`);
    expect(server.requests[0]!.path).toBe('/resources/message?x');
  });

  test.each([
    ['basic use', { 'access-control-allow-origin': '*' }, 'omit', true],
    ['nothing allowed', {}, 'omit', false],
    ['another origin allowed', { 'access-control-allow-origin': 'http://example.org' }, 'omit', false],
    ['credentials, and all origins allowed', { 'access-control-allow-origin': '*' }, 'include', false],
    [
      'credentials allowed',
      { 'access-control-allow-origin': 'its own', 'access-control-allow-credentials': 'true' },
      'include',
      true,
    ],
  ] as const)('eventsource-cross-origin (%s)', async (_name, allowed, credentials, isOpened) => {
    const page = await serve(() => undefined);
    const headers = Object.entries(allowed).map(([name, value]) => [
      name,
      value.replace('its own', page.origin),
    ]);
    const server = await serve((exchange) => {
      exchange.head(200, { 'content-type': 'text/event-stream', ...(Object.fromEntries(headers) as object) });
      exchange.send('data:data\n\n');
    });
    const result = await chromium!.run(
      page,
      async ({ quickClient, failureOf }, given) => {
        const client = quickClient(given.url, {
          maxAttempts: 1,
          init: { credentials: given.credentials },
        });
        const events: string[] = [];
        const failure = await failureOf(
          client.subscribe(({ data }) => {
            events.push(data);
            client.close();
          }),
        );
        return { events, cause: failure?.cause };
      },
      { url: server.url, credentials },
    );
    expect(result).toEqual(
      isOpened ? { events: ['data'], cause: undefined } : { events: [], cause: 'CONNECT_FAILED' },
    );
    // No question is asked before it: what the client sends by itself is what any page may send.
    expect(server.requests.map(({ method }) => method)).toEqual(['GET']);
    expect(server.requests[0]!.headers['origin']).toBe(page.origin);
  });

  test.each([
    ['omit', undefined],
    ['include', 'one=1'],
  ] as const)('request-credentials (%s)', async (credentials, cookie) => {
    const page = await serve(() => undefined);
    const server = await serve((exchange) => {
      exchange.head(200, {
        'content-type': 'text/event-stream',
        'access-control-allow-origin': page.origin,
        'access-control-allow-credentials': 'true',
        'set-cookie': 'one=1',
      });
      exchange.send('data:data\n\n');
      exchange.end();
    });
    await chromium!.run(
      page,
      async ({ quickClient, take }, given) =>
        take(quickClient(given.url, { init: { credentials: given.credentials } }), 2),
      { url: server.url, credentials },
    );
    expect(server.requests.slice(0, 2).map(({ headers }) => headers['cookie'])).toEqual([undefined, cookie]);
  });

  test('eventsource-cross-origin-preflight: an id has the server asked before', async () => {
    const page = await serve(() => undefined);
    const server = await serve((exchange, index) => {
      const cors = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'last-event-id' };
      if (exchange.request.method === 'OPTIONS') {
        exchange.answer(204, cors);
        return;
      }
      exchange.head(200, { 'content-type': 'text/event-stream', ...cors });
      exchange.send(`id:${index}\ndata:data\n\n`);
      exchange.end();
    });
    const events = await chromium!.run(
      page,
      async ({ quickClient, take }, url) => take(quickClient(url), 2),
      server.url,
    );
    expect(events).toHaveLength(2);
    expect(server.requests.slice(0, 3).map(({ method }) => method)).toEqual(['GET', 'OPTIONS', 'GET']);
    expect(server.requests[2]!.headers['last-event-id']).toBe('0');
  });
});
