import { describe, expect, test } from '@jest/globals';
import { clientPlatforms, serve, type Kit } from '../support/client-platforms.js';
import type { Exchange } from '../support/scripted-server.js';

describe.each(clientPlatforms)('7. Ends ($name)', ({ run }) => {
  test('in the mode "live", the end of a stream is followed by another', async () => {
    const server = await serve((exchange, index) => {
      exchange.stream(`data:${index}`);
      exchange.end();
    });
    const result = await run(server, async ({ quickClient, listen, take, url }) => {
      const client = quickClient(url);
      const told = listen(client);
      const events = await take(client, 2);
      return { data: events.map(({ data }) => data), disconnects: told.disconnects };
    });
    expect(result.data).toEqual(['0', '1']);
    expect(result.disconnects[0]).toMatchObject({ reason: 'end', willRetry: true });
  });

  test('in the mode "finite", it is the end', async () => {
    const server = await serve((exchange) => {
      exchange.stream('data:1', 'data:2');
      exchange.end();
    });
    const result = await run(server, async ({ quickClient, listen, url }) => {
      const client = quickClient(url, { mode: 'finite' });
      const told = listen(client);
      const data: string[] = [];
      await client.subscribe((event) => data.push(event.data));
      return { data, disconnects: told.disconnects, state: client.readyState };
    });
    expect(result).toMatchObject({
      data: ['1', '2'],
      disconnects: [{ reason: 'end', willRetry: false }],
      state: 'closed',
    });
  });

  /** Breaks each stream as soon as its client tells that it has had the event; the last one ends. */
  const breaking = async (blockOf: (index: number) => string, last: number) => {
    const open: Exchange[] = [];
    const server = await serve((exchange) => {
      if (exchange.request.path.endsWith('?delivered')) {
        exchange.answer(204);
        return open.at(-1)!.end();
      }
      exchange.chunk(`${blockOf(open.push(exchange) - 1)}\n\n`);
      if (open.length > last) exchange.chunk('');
    });
    return { server, open };
  };

  test('a finite stream that breaks is gone on with where it has ids', async () => {
    const { server, open } = await breaking((index) => `id:${index}\ndata:${index}`, 1);
    const data = await run(server, async ({ quickClient, url }) => {
      const told: string[] = [];
      await quickClient(url, { mode: 'finite' }).subscribe(async (event) => {
        told.push(event.data);
        if (told.length === 1) await fetch(`${url}?delivered`);
      });
      return told;
    });
    expect(data).toEqual(['0', '1']);
    expect(open[1]!.request.headers['last-event-id']).toBe('0');
  });

  test('a finite stream that breaks ends with an error where events would come twice', async () => {
    const { server, open } = await breaking(() => 'data:1', 1);
    const failure = await run(server, async ({ quickClient, failureOf, url }) =>
      failureOf(
        quickClient(url, { mode: 'finite' }).subscribe(async () => {
          await fetch(`${url}?delivered`);
        }),
      ),
    );
    expect(failure!.code).toBe('CONNECTION_LOST');
    expect(open).toHaveLength(1);
  });

  test.each([
    ['an id that cannot be sent', ['id:1 \ndata:a']],
    ['an id taken back', ['id:1\ndata:a', 'id:\ndata:b']],
    ['an id taken back by no event', ['id:1\ndata:a', 'id:']],
    ['an id that came with no event, in front of one', ['id:1\ndata:a', 'id:2', 'data:b']],
  ])('the same behind %s', async (_what, blocks) => {
    const letters = Array.from(blocks.join('\n').matchAll(/data:(.)/g), ([, letter]) => letter!);
    const { server, open } = await breaking(() => blocks.join('\n\n'), 1);
    const result = await run(
      server,
      async ({ quickClient, failureOf, url }, last) => {
        const told: string[] = [];
        const failure = await failureOf(
          quickClient(url, { mode: 'finite' }).subscribe(async ({ data }) => {
            told.push(data);
            if (data === last) await fetch(`${url}?delivered`);
          }),
        );
        return { told, code: failure!.code };
      },
      letters.at(-1)!,
    );
    expect(result).toEqual({ told: letters, code: 'CONNECTION_LOST' });
    expect(open).toHaveLength(1);
  });

  test('a finite stream that breaks is gone on with where an id came behind its events', async () => {
    const { server, open } = await breaking((index) => `data:${index}\n\nid:${index}`, 1);
    const data = await run(server, async ({ quickClient, until, url }) => {
      const told: string[] = [];
      const client = quickClient(url, { mode: 'finite' });
      await client.subscribe(async (event) => {
        told.push(event.data);
        if (told.length > 1) return;
        void until(() => client.lastEventId === '0').then(() => fetch(`${url}?delivered`));
      });
      return told;
    });
    expect(data).toEqual(['0', '1']);
    expect(open[1]!.request.headers['last-event-id']).toBe('0');
  });

  test('an event may be the end, and is not delivered', async () => {
    const server = await serve((exchange) => exchange.stream('data:1', 'id:9\ndata:[DONE]', 'data:2'));
    const result = await run(server, async ({ quickClient, url }) => {
      const client = quickClient(url, { isEnd: ({ data }) => data === '[DONE]', decode: 'json' });
      const data: unknown[] = [];
      await client.subscribe((event) => data.push(event.data));
      return { data, state: client.readyState, id: client.lastEventId };
    });
    expect(result).toEqual({ data: [1], state: 'closed', id: '9' });
  });

  test('close() in the midst of a chunk: nothing of it is delivered to anybody any more', async () => {
    const server = await serve((exchange) => exchange.stream('data:1\n\ndata:2\n\ndata:3'));
    const result = await run(server, async ({ quickClient, listen, delay, url }) => {
      const client = quickClient(url);
      const told = listen(client);
      const data: string[] = [];
      const first = client.subscribe((event) => {
        data.push(`first ${event.data}`);
        if (event.data === '2') client.close();
      });
      const second = client.subscribe((event) => data.push(`second ${event.data}`));
      client.on('message', (event) => data.push(`message ${event.data}`));
      await Promise.all([first, second]);
      await delay(50);
      return { data, disconnects: told.disconnects, state: client.readyState };
    });
    expect(result.data).toEqual(['message 1', 'first 1', 'second 1', 'message 2', 'first 2']);
    expect(result.disconnects).toMatchObject([{ reason: 'closed', willRetry: false }]);
    expect(result.state).toBe('closed');
    await server.idle();
  });

  test.each(['close()', 'an AbortSignal'])(
    '%s ends every next() that waits, and the request',
    async (way) => {
      const server = await serve((exchange) => exchange.head());
      const act = async ({ quickClient, listen, until, url }: Kit, byClose: boolean) => {
        const controller = new AbortController();
        const client = quickClient(url, { signal: controller.signal });
        const told = listen(client);
        const iterator = client[Symbol.asyncIterator]();
        const waiting = [iterator.next(), iterator.next()];
        await until(() => told.connects.length > 0);
        if (byClose) client.close();
        else controller.abort();
        const results = await Promise.all(waiting);
        return [...results.map(({ done }) => done), client.readyState];
      };
      const results = await run(server, act, way === 'close()');
      expect(results).toEqual([true, true, 'closed']);
      await server.idle();
    },
  );

  test('close() ends the time between two attempts at once', async () => {
    const server = await serve((exchange) => exchange.reset());
    const state = await run(server, async ({ quickClient, delay, url }) => {
      const client = quickClient(url, { shouldRetry: () => 1_000_000 });
      const over = client.subscribe(() => undefined);
      await delay(100);
      const before = client.readyState;
      client.close();
      await over;
      return before;
    });
    expect(state).toBe('connecting');
    expect(server.requests).toHaveLength(1);
  });

  test('a signal that was aborted while nobody took events keeps a client closed', async () => {
    const server = await serve((exchange) => exchange.stream('data:a'));
    const result = await run(server, async ({ quickClient, failureOf, url }) => {
      const controller = new AbortController();
      const client = quickClient(url, { signal: controller.signal });
      const states: string[] = [client.readyState];
      controller.abort();
      states.push(client.readyState);
      const codes = [(await failureOf(client.subscribe(() => undefined)))!.code];
      client.restart();
      states.push(client.readyState);
      codes.push((await failureOf(client.subscribe(() => undefined)))!.code);
      return { states, codes };
    });
    expect(result).toEqual({
      states: ['idle', 'closed', 'closed'],
      codes: ['CLIENT_CLOSED', 'CLIENT_CLOSED'],
    });
    expect(server.requests).toEqual([]);
  });

  test('close() in onConnect gives up a body that knows nothing of the signal', async () => {
    const server = await serve(() => undefined);
    const told = await run(server, async ({ quickClient, until, url }) => {
      const cancelled: number[] = [];
      let made = 0;
      const fetch = async (): Promise<Response> => {
        const n = ++made;
        const body = new ReadableStream({ cancel: () => void cancelled.push(n) });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      };
      const client = quickClient(url, { fetch });
      const stop = client.onConnect(() => client.close());
      await client.subscribe(() => undefined);
      await until(() => cancelled.length === 1);
      stop();
      client.restart();
      const again = client.subscribe(() => undefined);
      await until(() => client.readyState === 'open');
      client.close();
      await again;
      await until(() => cancelled.length === 2);
      return { made, cancelled };
    });
    expect(told).toEqual({ made: 2, cancelled: [1, 2] });
  });

  test('a shouldRetry that never answers holds up neither close() nor restart()', async () => {
    const server = await serve((exchange, index) => {
      exchange.stream(`data:${index}`);
      exchange.end();
    });
    const events = await run(server, async ({ quickClient, take, until, url }) => {
      let asked = 0;
      const client = quickClient(url, {
        shouldRetry: () => (++asked, new Promise<boolean>(() => undefined)),
      });
      const over = client.subscribe(() => undefined);
      await until(() => asked === 1);
      client.close();
      await over;
      client.restart();
      return take(client, 1);
    });
    expect(events).toMatchObject([{ data: '1' }]);
  });

  test('a callback and a listener that never are done hold up nothing behind close()', async () => {
    const server = await serve((exchange, index) => exchange.stream(`id:${index}\ndata:${index}`));
    const result = await run(server, async ({ quickClient, take, until, url }) => {
      const client = quickClient(url);
      let busy = 0;
      const never = () => (++busy, new Promise<void>(() => undefined));
      const stop = client.on('message', never);
      const over = client.subscribe(never);
      await until(() => busy === 2);
      client.close();
      await over;
      stop();
      client.restart();
      return { next: await take(client, 1), id: client.lastEventId };
    });
    expect(result).toMatchObject({ next: [{ data: '1' }], id: '1' });
    // What they were given they have.
    expect(server.requests[1]!.headers['last-event-id']).toBe('0');
  });

  test('whoever is told of an end may close, restart and subscribe: the client is what was said last', async () => {
    const server = await serve((exchange) => exchange.stream('data:a'));
    const states = await run(server, async ({ quickClient, until, url }) => {
      const seen: string[] = [];
      const closing = quickClient(url);
      closing.onDisconnect((client) => client.close());
      let events = 0;
      const over = closing.subscribe(() => void events++);
      await until(() => events === 1);
      closing.restart();
      await over;
      seen.push(closing.readyState);

      const reopening = quickClient(url);
      let second: Promise<string> | undefined;
      reopening.onDisconnect((client) => {
        if (second !== undefined) return;
        client.restart();
        second = new Promise((resolve) => {
          void client.subscribe(() => resolve(client.readyState));
        });
      });
      const first = reopening.subscribe(() => void events++);
      await until(() => events === 2);
      reopening.close();
      await first;
      seen.push(await second!);
      reopening.close();
      return seen;
    });
    expect(states).toEqual(['closed', 'open']);
    await server.idle();
  });

  test('what is thrown is an error, also where it is undefined', async () => {
    const server = await serve((exchange) => exchange.stream('data:a'));
    const failures = await run(server, async ({ quickClient, failureOf, url }) => {
      const inHandler = await failureOf(
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- just that
        quickClient(url).subscribe(() => Promise.reject<void>()),
      );
      const inEnd = await failureOf(
        quickClient(url, {
          isEnd: () => {
            // oxlint-disable-next-line typescript/only-throw-error -- just that
            throw undefined;
          },
        }).subscribe(() => undefined),
      );
      return [inHandler!.message, inEnd!.message];
    });
    expect(failures).toEqual(['undefined was thrown', 'undefined was thrown']);
  });

  test('break, unsubscribe and the signal of a subscription end the request when nobody else is left', async () => {
    const server = await serve((exchange) => exchange.stream('data:a'));
    const states = await run(server, async ({ quickClient, take, until, listen, url }) => {
      const client = quickClient(url);
      const told = listen(client);
      const stop = client.on('message', () => undefined);
      await take(client, 1);
      const seen = [client.readyState];
      stop();
      seen.push(client.readyState);
      const controller = new AbortController();
      await client.subscribe(() => controller.abort(), { signal: controller.signal });
      seen.push(client.readyState);
      await until(() => told.disconnects.length === 2);
      return [...seen, ...told.disconnects.map(({ reason }) => reason)];
    });
    expect(states).toEqual(['open', 'idle', 'idle', 'left', 'left']);
    await server.idle();
  });

  test('whoever comes back goes on after the last event that was delivered', async () => {
    const server = await serve((exchange, index) =>
      exchange.stream(`id:${index}\ndata:${index}`, 'id:never\ndata:never'),
    );
    const data = await run(server, async ({ quickClient, take, url }) => {
      const client = quickClient(url);
      return [...(await take(client, 1)), ...(await take(client, 1))].map((event) => event.data);
    });
    expect(data).toEqual(['0', '1']);
    expect(server.requests[1]!.headers['last-event-id']).toBe('0');
  });

  test('an event whose handler fails ends its subscription, and counts as not delivered', async () => {
    const server = await serve((exchange) => exchange.stream('id:1\ndata:1', 'id:2\ndata:2'));
    const result = await run(server, async ({ quickClient, failureOf, url }) => {
      const client = quickClient(url);
      const failure = await failureOf(
        client.subscribe(async ({ data }) => {
          if (data === '2') throw new Error('not this one');
        }),
      );
      return { message: failure!.message, id: client.lastEventId, state: client.readyState };
    });
    expect(result).toEqual({ message: 'not this one', id: '1', state: 'idle' });
  });

  test('tells of connects by status, headers and URL, with the client', async () => {
    const server = await serve((exchange) => {
      exchange.head(200, { 'content-type': 'text/event-stream', 'x-own': 'yes' });
      exchange.send('data:a\n\n');
    });
    const told = await run(server, async ({ quickClient, take, url }) => {
      const client = quickClient(`${url}?x`);
      const heads: unknown[] = [];
      client.onConnect((its, head) => {
        heads.push([
          its === client,
          head!.status,
          head!.headers.get('x-own'),
          head!.url === `${url}?x`,
          its.readyState,
        ]);
      });
      await take(client, 1);
      return heads;
    });
    expect(told).toEqual([[true, 200, 'yes', true, 'open']]);
  });

  test('two clients stand side by side on one server', async () => {
    const server = await serve((exchange, index) => exchange.stream(`data:${index}`));
    const data = await run(server, async ({ quickClient, take, url }) => {
      const [one, two] = await Promise.all([take(quickClient(url), 1), take(quickClient(url), 1)]);
      return [...one, ...two].map((event) => String(event.data));
    });
    expect(new Set(data)).toEqual(new Set(['0', '1']));
  });
});
