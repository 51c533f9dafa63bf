import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { SseClient } from '../../lib/client.js';
import { clientPlatforms, serve } from '../support/client-platforms.js';

describe.each(clientPlatforms)('8. Decoding ($name)', ({ run }) => {
  test('an event that was being decoded when everybody left is not lost', async () => {
    const server = await serve((exchange, index) => {
      if (index < 2) exchange.stream('id:1\ndata:one');
    });
    const result = await run(server, async ({ quickClient, take, until, delay, url }) => {
      const waiting: (() => void)[] = [];
      const client = quickClient(url, {
        decode: (text: string) =>
          new Promise((resolve) => {
            waiting.push(() => resolve(text));
          }),
      });
      const iterator = client[Symbol.asyncIterator]();
      const first = iterator.next();
      await until(() => waiting.length === 1);
      await iterator.return!();
      const second = take(client, 1);
      await until(() => waiting.length === 2);
      waiting[0]!();
      await delay(20);
      const before = client.lastEventId;
      waiting[1]!();
      return { first: await first, before, second: await second };
    });
    expect(result).toMatchObject({
      first: { done: true },
      before: '',
      second: [{ data: 'one', lastEventId: '1' }],
    });
    expect(server.requests[1]!.headers['last-event-id']).toBeUndefined();
  });

  test('takes data for text, as JSON, as base64, or by a function', async () => {
    const server = await serve((exchange) => {
      exchange.stream('data:{"a":1}', 'event:j\ndata:{"a":1}', 'event:b\ndata:AQID', 'event:f\ndata:x');
      exchange.end();
    });
    const data = await run(server, async ({ quickClient, url }) => {
      const client = quickClient(url, {
        mode: 'finite',
        decoders: { j: 'json', b: 'base64', f: async (text: string, event) => `${text} of ${event.type}` },
      });
      const told: unknown[] = [];
      await client.subscribe((event) =>
        told.push(event.data instanceof Uint8Array ? [...event.data] : event.data),
      );
      return told;
    });
    expect(data).toEqual(['{"a":1}', { a: 1 }, [1, 2, 3], 'x of f']);
  });

  test('takes a schema that follows Standard Schema, for one event or for all', async () => {
    const server = await serve((exchange) => {
      exchange.stream('data:1', 'event:later\ndata:2', 'data:"no"');
      exchange.end();
    });
    const result = await run(server, async ({ quickClient, listenToAll, url }) => {
      const schema = (isLate: boolean) => ({
        '~standard': {
          version: 1 as const,
          vendor: 'test',
          validate: (value: unknown) => {
            const answer =
              typeof value === 'number'
                ? { value: value * 10 }
                : { issues: [{ message: 'must be a number' }] };
            return isLate ? Promise.resolve(answer) : answer;
          },
        },
      });
      const client = quickClient(url, {
        mode: 'finite',
        decode: schema(false),
        decoders: { later: schema(true) },
      });
      const told = listenToAll(client);
      const data: unknown[] = [];
      await client.subscribe((event) => data.push(event.data));
      return { data, errors: told.errors };
    });
    expect(result).toEqual({ data: [10, 20], errors: ['DECODE_FAILED'] });
  });

  test('that fails ends the client with the event as it came, where nobody listens to errors', async () => {
    const server = await serve((exchange) => exchange.stream('id:1\nevent:x\ndata:{'));
    const failure = await run(server, async ({ quickClient, failureOf, url }) =>
      failureOf(quickClient(url, { decode: 'json' }).subscribe(() => undefined)),
    );
    expect(failure).toMatchObject({
      code: 'DECODE_FAILED',
      event: { type: 'x', data: '{', lastEventId: '1' },
    });
    expect(failure!.message).toMatch('"{"');
  });

  test('knows no event by a name that objects have, or that EventSource has', async () => {
    const names = ['error', 'open', '__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const server = await serve((exchange) => {
      exchange.stream(...names.map((name) => `event:${name}\ndata:{"__proto__":1}`));
      exchange.end();
    });
    const data = await run(server, async ({ quickClient, url }) => {
      const client = quickClient(url, { mode: 'finite', decode: 'json', decoders: {} });
      const told: unknown[] = [];
      for (const name of ['error', 'open', '__proto__', 'constructor'])
        client.on(name, ({ type }) => told.push(type));
      await client.subscribe((event) => told.push(Object.keys(event.data)));
      return told;
    });
    expect(data).toEqual([
      ...names.slice(0, 4).flatMap((name) => [name, ['__proto__']]),
      ['__proto__'],
      ['__proto__'],
    ]);
  });

  test('tells of a gap of the hub, in place of the event', async () => {
    const server = await serve((exchange) => {
      exchange.stream(
        'id:5\nevent:gap\ndata:{"reason":"evicted","count":3}',
        'event:gap\ndata:{"reason":"lag"}',
        'event:gap\ndata:of another server',
      );
      exchange.end();
    });
    const result = await run(server, async ({ quickClient, url }) => {
      const told: unknown[] = [];
      const client = quickClient(url, { mode: 'finite' });
      client.onGap(({ reason, count, lastEventId }) => told.push([reason, count ?? 'unknown', lastEventId]));
      await client.subscribe(({ data }) => told.push(data));
      return { told, id: client.lastEventId };
    });
    expect(result).toEqual({
      told: [['evicted', 3, '5'], ['lag', 'unknown', '5'], 'of another server'],
      id: '5',
    });
  });

  test('delivers a gap as any other event where nobody listens for it', async () => {
    const server = await serve((exchange) => {
      exchange.stream('event:gap\ndata:{"reason":"lag"}');
      exchange.end();
    });
    const events = await run(server, async ({ quickClient, take, url }) =>
      take(quickClient(url, { mode: 'finite' }), 1),
    );
    expect(events).toMatchObject([{ type: 'gap', data: '{"reason":"lag"}' }]);
  });

  test('a listener that throws ends the client, or is told to those who listen to errors', async () => {
    const server = await serve((exchange) => exchange.stream('data:1', 'data:2'));
    const result = await run(server, async ({ quickClient, failureOf, listenToAll, take, url }) => {
      const fail = () => {
        throw new Error('of the listener');
      };
      const silent = quickClient(url);
      silent.on('message', fail);
      const failure = await failureOf(silent.subscribe(() => undefined));
      const heard = quickClient(url);
      const told = listenToAll(heard);
      heard.on('message', fail);
      await take(heard, 2);
      heard.close();
      return { message: failure!.message, errors: told.errors };
    });
    expect(result).toEqual({ message: 'of the listener', errors: ['of the listener', 'of the listener'] });
  });
});

test('8. Decoding: a schema of zod is a Standard Schema, and types what it lets through', async () => {
  const stream = new Response('event:order\ndata:{"id":"7","more":1}\n\n', {
    headers: { 'content-type': 'text/event-stream' },
  });
  const client = SseClient.from<{ order: { id: string } }>(stream, {
    decoders: { order: z.object({ id: z.string() }) },
  });
  const data: string[] = [];
  client.on('order', (event) => data.push(event.data.id, ...Object.keys(event.data)));
  await client.subscribe(() => undefined);
  expect(data).toEqual(['7', 'id']);
});
