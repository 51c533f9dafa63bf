import { describe, expect, test } from '@jest/globals';
import { clientPlatforms, serve } from '../support/client-platforms.js';

describe.each(clientPlatforms)('2. Reconnection ($name)', ({ run }) => {
  test('goes on after the last event, whose id is sent as the bytes of its UTF-8', async () => {
    const server = await serve((exchange, index) => {
      exchange.stream(`id:ä€-${index}\ndata:${index}`);
      if (index < 2) exchange.end();
    });
    const events = await run(server, async ({ quickClient, take, url }) => take(quickClient(url), 3));
    expect(events.map(({ data, lastEventId }) => [data, lastEventId])).toEqual([
      ['0', 'ä€-0'],
      ['1', 'ä€-1'],
      ['2', 'ä€-2'],
    ]);
    const sent = server.requests.map(({ headers }) => headers['last-event-id']);
    expect(sent.map((id) => id && Buffer.from(id, 'latin1').toString())).toEqual([undefined, 'ä€-0', 'ä€-1']);
  });

  test('sends the id of a block without data as well', async () => {
    const server = await serve((exchange, index) => {
      exchange.stream('id:1\ndata:a', 'id:2');
      if (index === 0) exchange.end();
    });
    await run(server, async ({ quickClient, take, url }) => take(quickClient(url), 2));
    expect(server.requests[1]!.headers['last-event-id']).toBe('2');
  });

  test.each([' 1', '1 ', '\t1', '1\u007f', '\u00011'])(
    'leaves out an id that cannot be sent, and reports it (%j)',
    async (id) => {
      const server = await serve((exchange, index) => {
        exchange.stream(`id: ${id}\ndata:a`);
        if (index === 0) exchange.end();
      });
      const errors = await run(server, async ({ quickClient, listenToAll, take, url }) => {
        const client = quickClient(url);
        const told = listenToAll(client);
        await take(client, 2);
        return told.errors;
      });
      expect(errors).toEqual(['INVALID_ID']);
      expect(server.requests).toHaveLength(2);
      expect(server.requests[1]!.headers['last-event-id']).toBeUndefined();
    },
  );

  test('waits as long as retry says, and never less than its floor nor more than a timer takes', async () => {
    const server = await serve((exchange, index) => {
      exchange.stream(`retry:${['70', '0', '99999999999'][index]!}\ndata:${index}`);
      exchange.end();
    });
    const delays = await run(server, async ({ quickClient, listen, until, url }) => {
      const client = quickClient(url, { minReconnectDelay: 20, reconnectDelay: 0 });
      const told = listen(client);
      void client.subscribe(() => undefined);
      await until(() => told.disconnects.length === 3);
      client.close();
      return told.disconnects.map(({ retryIn }) => retryIn);
    });
    expect(delays).toEqual([70, 20, 2 ** 31 - 1]);
  });

  test.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 1_900).toUTCString()],
  ])('waits as long as Retry-After says, as %s', async (_form, value) => {
    const server = await serve((exchange) => exchange.answer(503, { 'retry-after': value() }));
    const contexts = await run(server, async ({ quickClient, failureOf, url }) => {
      const told: { kind: string; status: number | undefined; attempt: number; delay: number }[] = [];
      const client = quickClient(url, {
        reconnectDelay: 0,
        shouldRetry: ({ kind, status, attempt, delay }) => {
          told.push({ kind, status, attempt, delay });
          return false;
        },
      });
      await failureOf(client.subscribe(() => undefined));
      return told;
    });
    expect(contexts).toEqual([{ kind: 'status', status: 503, attempt: 1, delay: expect.any(Number) }]);
    expect(contexts[0]!.delay).toBeGreaterThan(0);
    expect(contexts[0]!.delay).toBeLessThanOrEqual(2_000);
  });

  test('doubles the time within which it comes back, up to a most, and begins anew after a stable connection', async () => {
    const server = await serve((exchange, index) => {
      if (index === 5) return exchange.stream('data:stable');
      return exchange.reset();
    });
    const delays = await run(server, async ({ quickClient, delay, url }) => {
      const told: number[] = [];
      const random = Math.random;
      Math.random = () => 1;
      try {
        const client = quickClient(url, {
          reconnectDelay: 10,
          maxReconnectDelay: 60,
          stableAfter: 1,
          shouldRetry: (context) => {
            told.push(context.delay);
            return told.length < 7 ? 0 : false;
          },
        });
        const over = client.subscribe(async () => {
          await delay(20);
          client.restart();
        });
        await over.catch(() => undefined);
      } finally {
        Math.random = random;
      }
      return told;
    });
    expect(delays).toEqual([10, 20, 40, 60, 60, 10, 20]);
  });

  test('comes back at random within that time', async () => {
    const server = await serve((exchange) => exchange.reset());
    const delays = await run(server, async ({ quickClient, url }) => {
      const told: number[] = [];
      const client = quickClient(url, {
        reconnectDelay: 1_000_000,
        maxReconnectDelay: 1_000_000,
        shouldRetry: (context) => {
          told.push(context.delay);
          return told.length < 20 ? 0 : false;
        },
      });
      await client.subscribe(() => undefined).catch(() => undefined);
      return told;
    });
    expect(new Set(delays).size).toBeGreaterThan(10);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_000_000);
  });

  test('ends after as many attempts as it may make', async () => {
    const server = await serve((exchange) => exchange.answer(503, {}, 'busy'));
    const failure = await run(server, async ({ quickClient, failureOf, url }) =>
      failureOf(quickClient(url, { maxAttempts: 3 }).subscribe(() => undefined)),
    );
    expect(failure).toMatchObject({
      code: 'RETRIES_EXHAUSTED',
      cause: 'BAD_RESPONSE',
      status: 503,
      body: 'busy',
    });
    expect(server.requests).toHaveLength(3);
  });

  test('ends when the time is over in which it may try', async () => {
    const server = await serve((exchange) => exchange.reset());
    const failure = await run(server, async ({ quickClient, failureOf, url }) =>
      failureOf(
        quickClient(url, { maxReconnectTime: 40, minReconnectDelay: 15, reconnectDelay: 0 }).subscribe(
          () => undefined,
        ),
      ),
    );
    expect(failure!.code).toBe('RETRIES_EXHAUSTED');
    expect(server.requests.length).toBeGreaterThanOrEqual(1);
    expect(server.requests.length).toBeLessThanOrEqual(3);
  });

  test('does not count the time for which nobody has asked for anything', async () => {
    const server = await serve((exchange, index) => {
      if (index === 0) exchange.reset();
      else exchange.stream('data:a');
    });
    const events = await run(server, async ({ quickClient, take, delay, url }) => {
      const client = quickClient(url, { maxReconnectTime: 2_000 });
      await delay(2_050);
      return take(client, 1);
    });
    expect(events).toHaveLength(1);
  });

  describe.each([
    {
      policy: 'resilient',
      retried: [408, 425, 429, 500, 502, 503, 504],
      final: [400, 401, 403, 404, 410, 301, 201],
    },
    { policy: 'standard', retried: [], final: [201, 400, 408, 429, 500, 503] },
  ] as const)('by the policy $policy', ({ policy, retried, final }) => {
    test('tries again where it should, and nowhere else', async () => {
      const server = await serve((exchange) => exchange.answer(Number(exchange.request.path.slice(1))));
      const counts = await run(
        server,
        async ({ quickClient, failureOf, url }, { statuses, retryPolicy }) => {
          const attempts: [number, string][] = [];
          for (const status of statuses) {
            const client = quickClient(new URL(`/${status}`, url).href, { retryPolicy, maxAttempts: 2 });
            attempts.push([status, (await failureOf(client.subscribe(() => undefined)))!.code]);
          }
          return attempts;
        },
        { statuses: [...retried, ...final], retryPolicy: policy },
      );
      expect(counts).toEqual([
        ...retried.map((status) => [status, 'RETRIES_EXHAUSTED']),
        ...final.map((status) => [status, 'BAD_RESPONSE']),
      ]);
    });

    test('tries again where a connection breaks or ends', async () => {
      const server = await serve((exchange, index) => {
        if (index === 0) return exchange.reset();
        exchange.stream('data:a');
        return index === 1 ? exchange.reset() : exchange.end();
      });
      const events = await run(
        server,
        async ({ quickClient, take, url }, retryPolicy) => take(quickClient(url, { retryPolicy }), 3),
        policy,
      );
      expect(events).toHaveLength(3);
      // What was sent right before the reset may have come, or not.
      expect(server.requests.length).toBeGreaterThanOrEqual(4);
    });
  });

  test.each([
    ['', false],
    [', also where validate lets it pass', true],
  ])('takes 204 for the end: nothing is to come any more%s', async (_where, validates) => {
    const server = await serve((exchange, index) => {
      if (index === 1) return exchange.head(204);
      exchange.stream('data:a');
      return exchange.end();
    });
    const result = await run(
      server,
      async ({ quickClient, url }, isValidated) => {
        const client = quickClient(url, isValidated ? { validate: () => undefined } : {});
        const events: string[] = [];
        await client.subscribe(({ data }) => events.push(data));
        return { events, state: client.readyState };
      },
      validates,
    );
    expect(result).toEqual({ events: ['a'], state: 'closed' });
    expect(server.requests).toHaveLength(2);
  });

  test('makes one attempt at a time, however often it is started again', async () => {
    const server = await serve((exchange) => exchange.stream('data:a'));
    const most = await run(server, async ({ quickClient, delay, url }) => {
      let [open, highest] = [0, 0];
      const client = quickClient(url, {
        fetch: (input, init) => {
          highest = Math.max(highest, ++open);
          init.signal!.addEventListener('abort', () => open--);
          return fetch(input, init);
        },
      });
      void client.subscribe(() => undefined);
      for (let n = 0; n < 10; n++) {
        client.restart();
        await delay(n);
      }
      client.close();
      return highest;
    });
    expect(server.requests.length).toBeGreaterThan(1);
    expect(most).toBe(1);
  });
});
