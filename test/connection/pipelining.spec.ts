import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { SseHub } from 'nestjs-sse-hub';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { serveHub } from '../support/served-hub.js';

test('a pipelined stream that waits behind another ends with their connection', async () => {
  const { hub, origin } = await serveHub({}, (served) => ({ stream: served.stream('a') }));
  const opened = firstValueFrom(
    hub.connections$.pipe(
      filter(({ type }) => type === 'connect'),
      take(2),
      toArray(),
    ),
  );
  const ended = firstValueFrom(
    hub.connections$.pipe(
      filter((event) => event.type === 'disconnect'),
      take(2),
      toArray(),
    ),
  );
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.write('GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await opened;
  socket.destroy();
  expect((await ended).map(({ reason }) => reason)).toEqual(['client', 'client']);
  expect(hub.connectionCount).toBe(0);
});

test('a client that leaves before its request is answered opens nothing', async () => {
  let leave!: () => void;
  const left = new Promise<void>((resolve) => (leave = resolve));
  const { hub, origin } = await serveHub({}, (served, request) => {
    request.socket.destroy();
    request.socket.once('close', leave);
    return { stream: served.stream('a') };
  });
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await left;
  expect(hub.connectionCount).toBe(0);
  socket.destroy();
});

/** A connection whose first answer is held back until the test ends it, and so many streams that wait behind it. */
async function waitBehindAnswer(streams: number) {
  const responses: ServerResponse[] = [];
  const hub = new SseHub();
  const allOpened = firstValueFrom(hub.connections$.pipe(take(streams), toArray()));
  let listenersBefore = 0;
  const server = createServer((request, response) => {
    if (responses.push(response) > 1) hub.open(request, response);
    else listenersBefore = request.socket.listenerCount('close');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.resume();
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1 + streams));
  await allOpened;
  const [held, ...waiting] = responses;
  return {
    held: held!,
    waiting,
    addedListeners: () => held!.req.socket.listenerCount('close') - listenersBefore,
    close: async () => {
      client.destroy();
      await hub.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('streams that wait behind another answer share one listener of their connection', async () => {
  const { addedListeners, close } = await waitBehindAnswer(15);
  expect(addedListeners()).toBe(1);
  await close();
});

test('a stream that has waited behind another answer leaves no listener of its connection behind', async () => {
  const { held, waiting, addedListeners, close } = await waitBehindAnswer(1);
  const served = once(waiting[0]!, 'socket');
  held.end();
  await served;
  expect(addedListeners()).toBe(0);
  await close();
});
