import { afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import {
  express,
  fastify,
  isRaw,
  nodeHttp,
  serveStreams,
  untilStill,
  type Carrier,
} from '../support/stream-server.js';
import { createClient, type Client } from '../support/client.js';
import { Wire } from '../support/wire.js';

let nginx: Nginx | undefined;
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await nginx?.stop();
  nginx = undefined;
});

/** How nginx talks to the server behind it. */
const upstreams = {
  'as it does by default, with HTTP/1.0': '',
  'with HTTP/1.1': 'proxy_http_version 1.1;',
  'with HTTP/1.1 and connections that it keeps': 'proxy_http_version 1.1; proxy_set_header Connection "";',
};

const cases = [nodeHttp, express, fastify].flatMap((carrier) =>
  Object.entries(upstreams).flatMap(([how, setting]) =>
    [true, false].map((rawWrites) => ({
      name: `${carrier.name}, ${how}${rawWrites ? '' : ', to the response'}`,
      carrier,
      setting,
      rawWrites,
    })),
  ),
);

async function serveBehindNginx(carrier: Carrier, setting: string, rawWrites: boolean) {
  const server = await serveStreams(carrier, { hub: { rawWrites } });
  const port = await freePort();
  nginx = await startNginx(
    server.port,
    () => `server {
      listen 127.0.0.1:${port};
      location / { proxy_pass http://127.0.0.1:${server.port}; ${setting} }
    }`,
  );
  return { server, origin: `http://127.0.0.1:${port}` };
}

describe.each(cases)('behind nginx ($name) a stream', ({ carrier, setting, rawWrites }) => {
  test('comes event by event, with no byte of the framing in it, and ends', async () => {
    const { server, origin } = await serveBehindNginx(carrier, setting, rawWrites);
    const wire = Wire.to(origin);
    wire.ask('/?topic=a');
    await wire.untilText('id:');
    for (const data of ['one', 'ä€😀', 'y'.repeat(100_000), 'last']) {
      void server.hub.publish('a', { data });
      await wire.until(() => wire.answers()[0]!.body.endsWith(`data:${data}\n\n`));
    }
    server.connections[0]!.close();
    const { body } = await wire.answer();
    wire.leave();
    const expected = ['one', 'ä€😀', 'y'.repeat(100_000), 'last'].map((data) => `data:${data}\n\n`);
    expect(body.replaceAll(/id:\S+\n/g, '')).toBe(`\n${expected.join('')}`);
    // HTTP/1.0 has no chunks.
    expect(isRaw(server.written[0]!, 'last')).toBe(rawWrites && setting !== '');
  });

  test('comes whole and in order to a client that has stopped reading meanwhile', async () => {
    const { server, origin } = await serveBehindNginx(carrier, setting, rawWrites);
    const client = createClient(origin, '1.1');
    clients.push(client);
    const stream = await client.open('/', { paused: true });
    const [connection] = server.connections;
    let sent = 0;
    const sending = (async () => {
      for (; sent < 1_500; sent++) await connection!.send({ data: `${sent} ${'x'.repeat(16_384)}` });
      connection!.close();
    })();
    stream.resume();
    await stream.until(() => stream.events.length > 50);
    stream.pause();
    await untilStill(() => sent);
    stream.resume();
    await sending;
    expect(await stream.ended).toBe('complete');
    expect(stream.events.map(({ data }) => parseInt(data, 10))).toEqual(
      Array.from({ length: 1_500 }, (_, n) => n),
    );
  });
});
