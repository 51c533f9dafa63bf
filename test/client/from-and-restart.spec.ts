import { describe, expect, test } from '@jest/globals';
import { clientPlatforms, serve } from '../support/client-platforms.js';

describe.each(clientPlatforms)('9. from, restart, lastEventId and readyState ($name)', ({ run }) => {
  test('reads an answer that is there already, once and to its end', async () => {
    const server = await serve((exchange) => {
      exchange.stream('id:1\ndata:1', 'id:2\ndata:2');
      exchange.end();
    });
    const result = await run(server, async ({ SseClient, failureOf, listen, url }) => {
      const client = SseClient.from(await fetch(url), { decode: 'json', lastEventId: '0' });
      const told = listen(client);
      const seen: unknown[] = [client.readyState, client.lastEventId];
      for await (const { data, lastEventId } of client) seen.push(data, lastEventId);
      seen.push(client.readyState);
      client.restart();
      return { seen, connects: told.connects, again: await failureOf(client.subscribe(() => undefined)) };
    });
    expect(result.seen).toEqual(['idle', '0', 1, '1', 2, '2', 'closed']);
    expect(result.connects).toEqual([{ status: 200, url: server.url }]);
    expect(result.again!.code).toBe('BODY_USED');
  });

  test('reads a stream of bytes, in whatever pieces', async () => {
    const server = await serve(() => undefined);
    const result = await run(server, async ({ SseClient, take }) => {
      const bytes = new TextEncoder().encode('data:ä\n\ndata:€\n\n');
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
          controller.close();
        },
      });
      return (await take(SseClient.from(stream), 2)).map(({ data }) => data);
    });
    expect(result).toEqual(['ä', '€']);
  });

  test('gives a stream up that nobody reads any more', async () => {
    const server = await serve(() => undefined);
    const isCancelled = await run(server, async ({ SseClient, take }) => {
      let cancelled = false;
      const stream = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new TextEncoder().encode('data:a\n\n')),
        cancel: () => {
          cancelled = true;
        },
      });
      await take(SseClient.from(stream), 3);
      return cancelled;
    });
    expect(isCancelled).toBe(true);
  });

  test('gives a stream up that nobody has read', async () => {
    const server = await serve(() => undefined);
    const isCancelled = await run(server, async ({ SseClient }) => {
      let cancelled = false;
      const stream = new ReadableStream<Uint8Array>({
        cancel: () => {
          cancelled = true;
        },
      });
      SseClient.from(stream).close();
      return cancelled;
    });
    expect(isCancelled).toBe(true);
  });

  test('tells what has broken a stream, and does not ask for it again', async () => {
    const server = await serve(() => undefined);
    const failure = await run(server, async ({ SseClient, failureOf }) => {
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new TextEncoder().encode('id:1\ndata:a\n\n')),
        pull: (controller) => controller.error(new Error('the wire is cut')),
      });
      return failureOf(SseClient.from(stream).subscribe(() => undefined));
    });
    expect(failure).toMatchObject({ code: 'CONNECTION_LOST', cause: 'the wire is cut' });
  });

  test('reads no stream that somebody else reads', async () => {
    const server = await serve(() => undefined);
    const code = await run(server, async ({ SseClient, failureOf }) => {
      const stream = new ReadableStream<Uint8Array>();
      stream.getReader();
      return (await failureOf(SseClient.from(stream).subscribe(() => undefined)))!.code;
    });
    expect(code).toBe('BODY_USED');
  });

  test('reads no stream of text', async () => {
    const server = await serve(() => undefined);
    const failure = await run(server, async ({ SseClient, failureOf }) => {
      const text = new ReadableStream({ start: (controller) => controller.enqueue('data:a') });
      return failureOf(SseClient.from(text).subscribe(() => undefined));
    });
    expect(failure!.code).toBe('BAD_RESPONSE');
    expect(failure!.message).toMatch('give it as it was before it was decoded');
  });

  test('reads no answer that is no event stream', async () => {
    const server = await serve((exchange) => exchange.answer(200, { 'content-type': 'text/html' }, '<p>'));
    const failure = await run(server, async ({ SseClient, failureOf, url }) =>
      failureOf(SseClient.from(await fetch(url)).subscribe(() => undefined)),
    );
    expect(failure).toMatchObject({ code: 'BAD_RESPONSE', status: 200, body: '<p>' });
  });

  test('restart() connects anew at once, and goes on after the last event that was delivered', async () => {
    const server = await serve((exchange, index) => {
      if (index === 0) exchange.stream('id:1\ndata:1', 'id:2\ndata:2', 'id:3\ndata:3');
      else exchange.stream('id:again\ndata:again');
    });
    const result = await run(server, async ({ quickClient, listen, url }) => {
      const client = quickClient(url, { reconnectDelay: 1_000_000 });
      const told = listen(client);
      const data: string[] = [];
      await client.subscribe((event) => {
        data.push(event.data);
        if (event.data === '2') client.restart();
        if (event.data === 'again') client.close();
      });
      return { data, reasons: told.disconnects.map(({ reason }) => reason) };
    });
    expect(result).toEqual({ data: ['1', '2', 'again'], reasons: ['restarted', 'closed'] });
    expect(server.requests[1]!.headers['last-event-id']).toBe('2');
  });

  test('restart() gives back what an iterator has not taken, so that it comes again', async () => {
    const server = await serve((exchange, index) =>
      exchange.stream(`id:${index}\ndata:${index}`, `data:${index} too`),
    );
    const data = await run(server, async ({ quickClient, delay, url }) => {
      const client = quickClient(url);
      const iterator = client[Symbol.asyncIterator]();
      const first = await iterator.next();
      await delay(50);
      client.restart();
      const second = await iterator.next();
      client.close();
      return [first.value!.data, second.value!.data];
    });
    expect(data).toEqual(['0', '1']);
  });

  test('restart() opens a client again that is closed; without it nothing can be asked of one', async () => {
    const server = await serve((exchange) => exchange.stream('data:a'));
    const result = await run(server, async ({ quickClient, codeOf, failureOf, take, url }) => {
      const client = quickClient(url);
      await take(client, 1);
      client.close();
      client.close();
      const codes = [(await failureOf(client.subscribe(() => undefined)))!.code];
      for (const use of [() => client.on('x', () => undefined), () => client[Symbol.asyncIterator]()]) {
        try {
          use();
        } catch (error) {
          codes.push(codeOf(error));
        }
      }
      client.restart();
      return { codes, state: client.readyState, events: await take(client, 1) };
    });
    expect(result).toMatchObject({
      codes: ['CLIENT_CLOSED', 'CLIENT_CLOSED', 'CLIENT_CLOSED'],
      state: 'idle',
      events: [{ data: 'a' }],
    });
  });
});
