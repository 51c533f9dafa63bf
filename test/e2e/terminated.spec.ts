import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createClient, type Client } from '../support/client.js';
import { compileServer, type CompiledServer, type StartedServer } from '../support/compiled-server.js';
import {
  describeOnEachPlatform,
  expressHttp1,
  fastifyHttp1,
  fastifyHttp2,
  type Platform,
} from '../support/platforms.js';

let server: CompiledServer;
const clients: Client[] = [];

beforeAll(() => {
  server = compileServer('test/e2e/terminated-server.ts');
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

afterAll(async () => {
  await server.remove();
});

/** A client with connections of its own, as other people have them. */
function clientOf({ port }: StartedServer, { httpVersion }: Platform): Client {
  const client = createClient(`http://127.0.0.1:${port}`, httpVersion);
  clients.push(client);
  return client;
}

describeOnEachPlatform(
  'A process that is sent SIGTERM',
  (platform) => {
    test('sends its streams away politely, is not ready meanwhile, and ends by the signal', async () => {
      const app = await server.start({ PLATFORM: platform.name });
      const prober = clientOf(app, platform);
      const stalled = await clientOf(app, platform).open('/flood', { paused: true });
      const client = clientOf(app, platform);
      const streams = await Promise.all([client.open('/news'), client.open('/news'), client.open('/news')]);
      await Promise.all(streams.map((stream) => stream.untilText('id:')));
      expect((await prober.open('/ready')).status).toBe(200);

      const ended = app.stop('SIGTERM');

      // A jittered time of its own for each.
      const bodies = await Promise.all(streams.map((stream) => stream.whole()));
      for (const body of bodies) expect(body).toMatch(/^retry:700\nid:\S+\n\nretry:\d{4,6}\n\n$/);
      expect(new Set(streams.map(({ retries }) => retries.at(-1))).size).toBe(3);
      // The client that does not read holds the drain open.
      const unready = await clientOf(app, platform).open('/ready');
      expect(unready.status).toBe(503);
      expect(await unready.whole()).toContain('"draining":true');
      stalled.leave();
      // Fastify may wait for HTTP/2 sessions that have carried no stream, as a prober's.
      for (const other of clients) other.close();
      expect(await ended).toBe('SIGTERM');
    });
  },
  [expressHttp1, fastifyHttp1, fastifyHttp2],
);
