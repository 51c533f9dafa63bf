import { afterEach, describe, expect, test } from '@jest/globals';
import { Controller, Req } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SseHub, SseStream } from 'nestjs-sse-hub';
import { createClient } from '../support/client.js';
import { codeBlock } from '../support/documents.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { expressHttp1, fastifyHttp1, type Platform } from '../support/platforms.js';
import { startProcess } from '../support/running-process.js';
import { startApp } from '../support/start-app.js';

@Controller()
class Events {
  constructor(private readonly hub: SseHub) {}

  @SseStream('events')
  follow(@Req() request: { ip: string }) {
    return this.hub.stream('topic', { initial: () => ({ event: 'address', data: request.ip }) });
  }
}

let nginx: Nginx | undefined;

afterEach(async () => {
  await nginx?.stop();
  nginx = undefined;
});

/** The server that the documents show, on other ports and with another certificate. */
function shownServer(upstreamPort: number, tlsPort: number): string {
  const replacements = [
    ['listen 443 ', `listen 127.0.0.1:${tlsPort} `],
    ['/etc/ssl/example.com.pem', 'cert.pem'],
    ['/etc/ssl/example.com.key', 'key.pem'],
    ['127.0.0.1:3000', `127.0.0.1:${upstreamPort}`],
  ] as const;
  return replacements.reduce(
    (text, [shown, used]) => {
      if (!text.includes(shown)) throw new Error(`docs/proxies.md shows no "${shown}" any more`);
      return text.replace(shown, used);
    },
    codeBlock('docs/proxies.md', 'nginx', 'nginx'),
  );
}

describe('behind nginx as docs/proxies.md configures it', () => {
  test.each([expressHttp1, fastifyHttp1])('streams arrive event by event ($name)', async (platform) => {
    const app = await startApp(platform, { controllers: [Events] });
    nginx = await startNginx(app.port, (tlsPort) => shownServer(app.port, tlsPort));
    const client = createClient(nginx.tlsOrigin, '2.0');
    const stream = await client.open('/events', { headers: { 'accept-encoding': 'gzip' } });
    await stream.nextEvent();

    for (const data of ['one', 'two', 'three']) {
      await app.hub.publish('topic', { data });
      expect(await stream.nextData(1)).toEqual([data]);
    }

    expect(stream.headers['content-encoding']).toBeUndefined();
    client.close();
  });

  const trusting: Platform[] = [
    { ...expressHttp1, createAdapter: () => trustingExpress() },
    { ...fastifyHttp1, createAdapter: () => new FastifyAdapter({ trustProxy: '127.0.0.1' }) },
  ];

  test.each(trusting)(
    'limits see the address of the client, not one that it claims ($name)',
    async (platform) => {
      const app = await startApp(platform, { controllers: [Events] });
      nginx = await startNginx(app.port, (tlsPort) => shownServer(app.port, tlsPort));
      const claim = ['--header', 'X-Forwarded-For: 192.0.2.1'];

      const url = `${nginx.tlsOrigin}/events`;
      const curl = startProcess('curl', ['-sNk', '--interface', '127.0.0.2', ...claim, url]);
      const [, address] = await curl.untilOutput(/^event:address\ndata:(.*)$/m);
      await curl.stop();

      expect(address).toBe('127.0.0.2');
    },
  );
});

function trustingExpress(): ExpressAdapter {
  const adapter = new ExpressAdapter();
  adapter.set('trust proxy', '127.0.0.1');
  return adapter;
}
