import { expect, test } from '@jest/globals';
import { connect } from 'node:net';
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
