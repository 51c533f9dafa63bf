import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { Client } from '../support/client.js';
import { codeBlock } from '../support/documents.js';
import { newBrowserContext, openShownPage } from '../support/shown-page.js';
import { startShown } from '../support/shown-application.js';

const DOCUMENT = 'docs/security.md';
const HEADING = 'One-time tickets';

const closings: (() => void)[] = [];

afterEach(() => {
  for (const close of closings.splice(0)) close();
});

/** A way to a server that can be cut; it is there again at once. */
async function openWay(port: number) {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    return socket;
  };
  const server = createServer((socket) => {
    const onward = keep(connect(port, '127.0.0.1'));
    keep(socket).pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  closings.push(() => {
    server.close();
    cut();
  });
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, cut };
}

async function say(client: Client): Promise<void> {
  const headers = { authorization: 'Bearer ann' };
  const answer = await client.open('/inbox', { method: 'POST', headers });
  await answer.whole();
}

test('the page that docs/security.md shows comes back with a new ticket, and has missed nothing', async () => {
  const { client, process } = await startShown(DOCUMENT, HEADING, { index: 0 });
  const way = await openWay(process.port);
  const given = "const token = 'ann'; globalThis.shown = []; const show = (text) => shown.push(text);";
  const page = await openShownPage(
    await newBrowserContext(),
    way.origin,
    given,
    codeBlock(DOCUMENT, HEADING, 'js'),
  );
  await page.waitForFunction('sources[0]?.readyState === EventSource.OPEN');
  await say(client);
  await page.waitForFunction('shown.length === 1');

  way.cut();
  await say(client);

  await page.waitForFunction('shown.length === 2');
  await say(client);
  await page.waitForFunction('shown.length === 3');
  const urls = await page.evaluate<string[]>('sources.map(({ url }) => url)');
  const [first, second] = urls.map((url) => new URL(url).searchParams);
  expect(urls).toHaveLength(2);
  expect(second!.get('ticket')).not.toBe(first!.get('ticket'));
  expect(first!.get('lastEventId')).toBe('');
  expect(second!.get('lastEventId')).toMatch(/^\w+-\w+$/);
});
