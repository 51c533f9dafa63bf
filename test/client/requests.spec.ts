import { describe, expect, test } from '@jest/globals';
import { clientPlatforms, serve } from '../support/client-platforms.js';

const [node] = clientPlatforms;

describe.each(clientPlatforms)('3. Requests ($name)', ({ run, lacks }) => {
  const keeps = lacks.includes('cache');

  test(`asks for an event stream${keeps ? '' : ', and not for one that is kept'}`, async () => {
    const server = await serve((exchange) => exchange.stream('data:a'));
    await run(server, async ({ quickClient, take, url }) => take(quickClient(url), 1));
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      path: '/sse',
      headers: { accept: 'text/event-stream', ...(keeps ? {} : { 'cache-control': 'no-cache' }) },
      body: '',
    });
    expect(server.requests[0]!.headers['last-event-id']).toBeUndefined();
  });

  test('takes any method, further headers, a body and an id to begin with', async () => {
    const server = await serve((exchange) => exchange.stream('data:a'));
    const lastEventId = await run(server, async ({ quickClient, take, url }) => {
      const client = quickClient(url, {
        method: 'POST',
        headers: { accept: 'text/event-stream, application/json', 'x-own': 'yes' },
        body: '{"a":1}',
        lastEventId: '7',
      });
      const before = client.lastEventId;
      await take(client, 1);
      return [client.method, before, client.lastEventId];
    });
    expect(lastEventId).toEqual(['POST', '7', '7']);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      headers: { accept: 'text/event-stream, application/json', 'x-own': 'yes', 'last-event-id': '7' },
      body: '{"a":1}',
    });
  });

  test('asks functions for the URL, the headers and the body anew for each attempt, and keeps the id', async () => {
    const server = await serve((exchange, index) => {
      exchange.stream(`id:${index}\ndata:a`);
      if (index < 2) exchange.end();
    });
    const urls = await run(server, async ({ SseClient, url }) => {
      let n = 0;
      const told: string[] = [];
      const client = new SseClient(async () => `${url}?${++n}`, {
        reconnectDelay: 1,
        minReconnectDelay: 0,
        method: 'PUT',
        headers: async () => ({ authorization: `token ${n}` }),
        body: () => `body ${n}`,
      });
      told.push(client.url);
      client.onConnect(() => told.push(client.url.slice(-2)));
      await client.subscribe(() => {
        if (n === 3) client.close();
      });
      return told;
    });
    expect(urls).toEqual(['', '?1', '?2', '?3']);
    expect(server.requests.map(({ path, headers, body }) => [path, headers['authorization'], body])).toEqual([
      ['/sse?1', 'token 1', 'body 1'],
      ['/sse?2', 'token 2', 'body 2'],
      ['/sse?3', 'token 3', 'body 3'],
    ]);
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '0', '1']);
  });

  test('tries again where such a function fails, or ends by the policy "standard"', async () => {
    const server = await serve((exchange) => exchange.stream('data:a'));
    const result = await run(server, async ({ quickClient, failureOf, listenToAll, take, url }) => {
      let n = 0;
      const headers = () => {
        if (++n % 2 === 1) throw new Error('no token');
        return {};
      };
      const client = quickClient(url, { headers });
      const told = listenToAll(client);
      await take(client, 1);
      const strict = quickClient(url, { headers, retryPolicy: 'standard' });
      return { errors: told.errors, failure: await failureOf(strict.subscribe(() => undefined)) };
    });
    expect(result.errors).toEqual(['REQUEST_FAILED']);
    expect(result.failure).toMatchObject({ code: 'REQUEST_FAILED', cause: 'no token' });
  });

  test('is made by a fetch of the application, where there is one', async () => {
    const server = await serve((exchange) => exchange.stream('data:never'));
    const result = await run(server, async ({ quickClient, take, url }) => {
      const asked: unknown[] = [];
      const client = quickClient(url, {
        init: { credentials: 'include' },
        fetch: async (input, init) => {
          asked.push([input === url, init.method, init.credentials, init.signal instanceof AbortSignal]);
          return new Response('data:own\n\n', { headers: { 'content-type': 'text/event-stream' } });
        },
      });
      return { events: await take(client, 1), asked };
    });
    expect(result.events[0]!.data).toBe('own');
    expect(result.asked).toEqual([[true, 'GET', 'include', true]]);
    expect(server.requests).toEqual([]);
  });

  test.each([
    ['a URL that is none', { url: 'http://' }],
    ['a URL that fetch does not ask for', { url: 'ftp://127.0.0.1/' }],
    ['a URL with a password', { url: 'http://me:secret@127.0.0.1/' }],
    ['headers that are none', { headers: { 'bad name': 'x' } }],
    ...(lacks.includes('checks')
      ? []
      : ([
          ['a method that fetch does not send', { method: 'TRACE' }],
          ['a setting that is none', { init: { credentials: 'perhaps' } }],
        ] as const)),
  ])('ends with INVALID_OPTION, without another attempt: %s', async (_what, bad) => {
    const server = await serve(() => undefined);
    const failure = await run(
      server,
      async ({ quickClient, failureOf, url: own }, { url = own, headers = {}, ...options }) =>
        failureOf(quickClient(url, { headers: () => headers, ...options }).subscribe(() => undefined)),
      bad as { url?: string; headers?: Record<string, string>; method?: string; init?: RequestInit },
    );
    expect(failure!.code).toBe('INVALID_OPTION');
    expect(failure!.message).not.toMatch('secret');
    expect(server.requests).toEqual([]);
  });
});

describe('3. Requests (Node)', () => {
  test('refuses to send a stream twice, and sends one that a function gives', async () => {
    const server = await serve((exchange, index) => {
      exchange.stream(`data:${index}`);
      exchange.end();
    });
    const failures = await node!.run(server, async ({ quickClient, failureOf, url }) => {
      const stream = () =>
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('sent'));
            controller.close();
          },
        });
      const once = quickClient(url, { method: 'POST', body: stream() });
      const often = quickClient(url, { method: 'POST', body: stream, maxAttempts: 2 });
      return [
        await failureOf(once.subscribe(() => undefined)),
        await failureOf(often.subscribe(() => undefined)),
      ];
    });
    expect(failures.map((failure) => failure!.code)).toEqual(['BODY_USED', 'RETRIES_EXHAUSTED']);
    expect(failures[0]!.message).toMatch('give a function');
    expect(server.requests).toHaveLength(3);
    for (const { body } of server.requests) expect(body).toMatch('sent');
  });

  test('does not send Authorization on to another origin', async () => {
    const other = await serve((exchange) => exchange.stream('data:a'));
    const server = await serve((exchange) => exchange.answer(302, { location: other.url }));
    const told = await node!.run(server, async ({ quickClient, listen, take, url }) => {
      const client = quickClient(url, { headers: { authorization: 'secret' } });
      const { connects } = listen(client);
      await take(client, 1);
      return connects;
    });
    expect(server.requests[0]!.headers['authorization']).toBe('secret');
    expect(other.requests[0]!.headers['authorization']).toBeUndefined();
    expect(told).toEqual([{ status: 200, url: other.url }]);
  });

  test('takes redirects that go round in circles for a network error', async () => {
    const server = await serve((exchange) => exchange.answer(302, { location: '/sse' }));
    const failure = await node!.run(server, async ({ quickClient, failureOf, url }) =>
      failureOf(quickClient(url, { maxAttempts: 1 }).subscribe(() => undefined)),
    );
    expect(failure).toMatchObject({ code: 'RETRIES_EXHAUSTED', cause: 'CONNECT_FAILED' });
  });
});
