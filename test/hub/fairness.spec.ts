import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { SseHub } from 'nestjs-sse-hub';

const STREAMS = 1_000;
// Milliseconds of work for each stream: those of one slice take as long as a slice may.
const WORK = 0.125;

const sockets: Socket[] = [];
const agent = new Agent({ keepAlive: true });
let server: Server;
let hub: SseHub;

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  agent.destroy();
  await hub.close();
  await new Promise((resolve) => server.close(resolve));
});

test('An event for many streams lets other requests be answered before all of them have it', async () => {
  const order: ('event' | 'request')[] = [];
  hub = new SseHub({ heartbeat: false, retry: false, drainWindow: 0 });
  const filter = () => {
    order.push('event');
    for (const begin = performance.now(); performance.now() - begin < WORK;);
    return true;
  };
  server = createServer((request, response) => {
    if (request.url === '/events') {
      hub.open(request, response, { stream: hub.stream('a', { filter }) });
      return;
    }
    order.push('request');
    response.end('served');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const ask = async () => {
    const [response] = (await once(get({ port, host: '127.0.0.1', agent }), 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
  };
  // The connection that will be used again.
  await ask();
  order.length = 0;
  await Promise.all(
    Array.from({ length: STREAMS }, async () => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(socket, 'data');
      socket.resume();
    }),
  );

  await hub.publish('a', { data: 'for all' });
  await ask();

  expect(order).toContain('request');
  expect(order.length).toBeLessThan(STREAMS);
  while (order.length <= STREAMS) await new Promise((resolve) => setImmediate(resolve));
});
