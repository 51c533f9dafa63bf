import { describe, expect, test } from '@jest/globals';
import { clientPlatforms, serve, type Kit } from '../support/client-platforms.js';

describe.each(clientPlatforms)('6. Backpressure and limits ($name)', ({ run }) => {
  test.each(['an iterator', 'an awaited callback'])('reads no further than %s has come', async (consumer) => {
    let sent = 0;
    let block: () => void;
    const blocked = new Promise<void>((resolve) => (block = resolve));
    const server = await serve(async (exchange, index) => {
      if (index > 0) {
        await blocked;
        return exchange.answer(204);
      }
      exchange.head();
      const event = `data:${'x'.repeat(64 * 1024)}\n\n`;
      // Some 200 MiB, more than what lies between the two can hold.
      for (; sent < 3_000; sent++) {
        const patience = new Promise((resolve) => setTimeout(resolve, 1_000, 'blocked'));
        if ((await Promise.race([exchange.sent(event), patience])) === 'blocked') break;
      }
      return block();
    });
    const act = async ({ quickClient, url }: Kit, byIterator: boolean) => {
      const client = quickClient(url);
      let count = 0;
      if (byIterator) {
        for await (const event of client) {
          count += event.data.length > 0 ? 1 : 0;
          await fetch(url);
          break;
        }
      } else {
        await client.subscribe(async () => {
          count++;
          await fetch(url);
          client.close();
        });
      }
      return count;
    };
    expect(await run(server, act, consumer === 'an iterator')).toBe(1);
    expect(sent).toBeLessThan(3_000);
  });

  test('loses nothing that comes before the first next()', async () => {
    const server = await serve((exchange) => {
      exchange.stream('data:1', 'data:2', 'data:3');
      exchange.end();
    });
    const events = await run(server, async ({ quickClient, delay, url }) => {
      const iterator = quickClient(url, { mode: 'finite' })[Symbol.asyncIterator]();
      await delay(100);
      const taken: string[] = [];
      for await (const { data } of iterator) taken.push(data);
      return taken;
    });
    expect(events).toEqual(['1', '2', '3']);
  });

  test('answers several next() at once, in their order', async () => {
    const server = await serve((exchange) => {
      exchange.stream('data:1', 'data:2');
      exchange.end();
    });
    const results = await run(server, async ({ quickClient, url }) => {
      const iterator = quickClient(url, { mode: 'finite' })[Symbol.asyncIterator]();
      const all = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
      return all.map(({ done, value }) => [done, value?.data]);
    });
    expect(results.map(([, data]) => data ?? undefined)).toEqual(['1', '2', undefined, undefined]);
    expect(results.map(([done]) => done)).toEqual([false, false, true, true]);
  });

  test('hands every event to everybody, and goes on when the slowest is ready', async () => {
    const server = await serve((exchange) => {
      exchange.stream('data:1', 'data:2', 'event:x\ndata:3');
      exchange.end();
    });
    const log = await run(server, async ({ quickClient, delay, url }) => {
      const client = quickClient(url, { mode: 'finite' });
      const told: string[] = [];
      client.on('x', ({ data }) => told.push(`x ${data}`));
      const slow = client.subscribe(async ({ data }) => {
        await delay(20);
        told.push(`slow ${data}`);
      });
      await Promise.all([slow, client.subscribe(({ data }) => told.push(`fast ${data}`))]);
      return told;
    });
    expect(log).toEqual(['fast 1', 'slow 1', 'fast 2', 'slow 2', 'x 3', 'fast 3', 'slow 3']);
  });

  test.each([
    ['data', `data:${'x'.repeat(101)}\n\n`],
    ['an id, a name and data', `id:${'x'.repeat(40)}\nevent:${'y'.repeat(40)}\ndata:${'z'.repeat(40)}\n\n`],
    ['a line without an end', `data:${'x'.repeat(200)}`],
  ])('ends with a typed error at an event of too many bytes: %s', async (_what, block) => {
    const server = await serve((exchange) => {
      exchange.head();
      exchange.send(`id:1\ndata:${'o'.repeat(99)}\n\n${block}`);
    });
    const result = await run(server, async ({ quickClient, failureOf, url }) => {
      const client = quickClient(url, { maxEventBytes: 100 });
      let count = 0;
      const failure = await failureOf(client.subscribe(() => count++));
      return { count, code: failure!.code, lastEventId: client.lastEventId };
    });
    expect(result).toEqual({ count: 1, code: 'EVENT_TOO_LARGE', lastEventId: '1' });
    expect(server.requests).toHaveLength(1);
  });
});
