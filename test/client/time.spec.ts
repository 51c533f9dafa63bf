import { describe, expect, test } from '@jest/globals';
import { CompiledLibrary } from '../support/compiled-library.js';
import { clientPlatforms, serve } from '../support/client-platforms.js';

describe.each(clientPlatforms)('5. Time ($name)', ({ run }) => {
  test.each([
    ['no answer', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\nContent-Ty'],
  ])('gives an attempt up that has had %s', async (_what, bytes) => {
    const server = await serve((exchange, index) =>
      index === 0 ? exchange.send(bytes) : exchange.stream('data:a'),
    );
    const result = await run(server, async ({ quickClient, listenToAll, take, url }) => {
      const client = quickClient(url, { connectTimeout: 200 });
      const told = listenToAll(client);
      return { events: await take(client, 1), errors: told.errors };
    });
    expect(result.events).toHaveLength(1);
    expect(result.errors).toEqual(['TIMEOUT']);
  });

  test('gives an attempt up whose headers do not come', async () => {
    const server = await serve(() => undefined);
    const failure = await run(server, async ({ quickClient, failureOf, url }) => {
      const headers = () => new Promise<never>(() => undefined);
      return failureOf(
        quickClient(url, { connectTimeout: 50, maxAttempts: 1, headers }).subscribe(() => undefined),
      );
    });
    expect(failure!.cause).toBe('TIMEOUT');
    expect(server.requests).toEqual([]);
  });

  test('gives none up whose headers are there', async () => {
    const server = await serve((exchange, index) => {
      exchange.head(index === 0 ? 401 : 200);
      exchange.send('data:drip\n\n');
    });
    const result = await run(server, async ({ quickClient, failureOf, take, delay, url }) => {
      const refused = await failureOf(quickClient(url, { connectTimeout: 800 }).subscribe(() => undefined));
      const validate = () => delay(1_000);
      return { refused, events: await take(quickClient(url, { connectTimeout: 800, validate }), 1) };
    });
    expect(result).toMatchObject({
      refused: { code: 'BAD_RESPONSE', status: 401 },
      events: [{ data: 'drip' }],
    });
    expect(server.requests).toHaveLength(2);
  });

  test('waits for no refusal that drips', async () => {
    const server = await serve((exchange) => {
      exchange.head(404);
      exchange.send('drip');
    });
    const failure = await run(server, async ({ quickClient, failureOf, url }) =>
      failureOf(quickClient(url).subscribe(() => undefined)),
    );
    expect(failure).toMatchObject({ code: 'BAD_RESPONSE', status: 404, body: 'drip' });
    await server.idle();
  });

  test('takes a connection for dead when no byte has come for idleTimeout', async () => {
    const server = await serve((exchange, index) => exchange.stream(`data:${index}`));
    const result = await run(server, async ({ quickClient, listenToAll, take, url }) => {
      const client = quickClient(url, { idleTimeout: 100 });
      const told = listenToAll(client);
      const events = await take(client, 2);
      return { events: events.map(({ data }) => data), told };
    });
    expect(result.events).toEqual(['0', '1']);
    expect(result.told.disconnects[0]).toMatchObject({ reason: 'timeout', code: 'TIMEOUT', willRetry: true });
  });

  test('does not where bytes come, be they comments or pieces of a line', async () => {
    const server = await serve(async (exchange) => {
      exchange.stream('data:begin');
      for (const piece of [':', '\n', ':x', '\n', 'da', 'ta', ':en', 'd\n\n']) {
        await new Promise((resolve) => setTimeout(resolve, 60));
        exchange.send(piece);
      }
    });
    const result = await run(server, async ({ quickClient, listen, take, url }) => {
      const client = quickClient(url, { idleTimeout: 400 });
      const told = listen(client);
      const events = await take(client, 2);
      return { events: events.map(({ data }) => data), disconnects: told.disconnects };
    });
    expect(result.events).toEqual(['begin', 'end']);
    expect(result.disconnects.map(({ reason }) => reason)).toEqual(['left']);
  });

  test('does not count the time for which events wait for a slow consumer', async () => {
    const server = await serve((exchange) => exchange.stream('data:1', 'data:2', 'data:3'));
    const reasons = await run(server, async ({ quickClient, delay, listen, url }) => {
      const client = quickClient(url, { idleTimeout: 100 });
      const told = listen(client);
      let count = 0;
      await client.subscribe(async () => {
        await delay(150);
        if (++count === 3) client.close();
      });
      return told.disconnects.map(({ reason }) => reason);
    });
    expect(reasons).toEqual(['closed']);
    expect(server.requests).toHaveLength(1);
  });
});

describe('5. Time', () => {
  test("a quiet stream survives the time after which Node's fetch gives a body up", async () => {
    const library = new CompiledLibrary();
    try {
      // A dispatcher with times of milliseconds stands in for Node's, which has five minutes.
      library.write(
        'quiet.js',
        `
        import { createServer } from 'node:http';
        import { once } from 'node:events';
        import { SseClient } from 'nestjs-sse-hub/client';
        const server = createServer((request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data:1\\n\\n');
          setTimeout(() => response.write('data:2\\n\\n'), 3_000);
        }).listen(0, '127.0.0.1');
        await once(server, 'listening');
        const url = \`http://127.0.0.1:\${server.address().port}/\`;
        void Headers;
        const key = Symbol.for('undici.globalDispatcher.1');
        const own = globalThis[key];
        const hasty = { dispatch: (options, handler) => own.dispatch({ bodyTimeout: 500, headersTimeout: 500, ...options }, handler) };
        globalThis[key] = hasty;
        const bare = await fetch(url).then((response) => response.text()).catch((error) => error.cause?.code);
        const data = [];
        const client = new SseClient(url);
        client.onDisconnect((_client, { reason }) => data.push(reason));
        for await (const event of client) { data.push(event.data); if (event.data === '2') break; }
        console.log(JSON.stringify({ bare, data }));
        process.exit();
        `,
      );
      const process = library.run('quiet.js');
      const [, said] = await process.untilOutput(/^(\{.*\})$/m);
      expect(JSON.parse(said!)).toEqual({ bare: 'UND_ERR_BODY_TIMEOUT', data: ['1', '2', 'left'] });
    } finally {
      await library.remove();
    }
  });
});
