import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, type Client } from '../support/client.js';
import type { StartedServer } from '../support/compiled-library.js';
import { compileSample, type CompiledSample } from '../support/compiled-sample.js';
import { codeBlock } from '../support/documents.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';

let redis: RedisServer;
let sample: CompiledSample;
let nodes: StartedServer[];
let nginx: Nginx;
let client: Client;

beforeAll(async () => {
  redis = await startRedis();
  sample = compileSample();
  nodes = await Promise.all([1, 2, 3].map(() => sample.start(0, { REDIS_URL: redis.url })));
  nginx = await startNginx(0, (port) => shownServer(port));
  client = createClient(nginx.tlsOrigin.replace('https', 'http'), '1.1');
}, 60_000);

afterAll(async () => {
  client.close();
  await nginx.stop();
  await sample.remove();
  await redis.stop();
});

/** What the document shows, with the nodes of this test. */
function shownServer(port: number): string {
  let text = codeBlock('docs/scaling.md', 'Three nodes, Redis and nginx', 'nginx').replace(
    'listen 8080',
    `listen 127.0.0.1:${port}`,
  );
  for (const [index, node] of nodes.entries()) {
    const shown = `node${index + 1}:8888`;
    if (!text.includes(shown)) throw new Error(`docs/scaling.md does not show ${shown} any more`);
    text = text.replace(shown, `127.0.0.1:${node.port}`);
  }
  return text;
}

describe('three nodes behind nginx as docs/scaling.md configures them', () => {
  test('are one: prices come once, and go on where they were when the node of a stream is killed', async () => {
    const stream = await client.open('/price');
    const events = [];
    while (events.length < 4) events.push(await stream.nextEvent());
    // Which of the nodes it is nobody can tell: two of the three.
    await Promise.all(nodes.slice(0, 2).map((node) => node.stop('SIGKILL')));
    const resumed = await client.open('/price', { headers: { 'last-event-id': events.at(-1)!.id! } });
    while (events.length < 9) events.push(await resumed.nextEvent());
    expect(events.map(({ event }) => event)).not.toContain('gap');
    const places = events.map(({ id, event }) => `${id} ${event}`);
    // The last two before share an id, so the second of them comes again.
    expect(places[4]).toBe(places[3]);
    expect(new Set(places).size).toBe(8);
    expect(places.toSorted()).toEqual(places);
  });
});
