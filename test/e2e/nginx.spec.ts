import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { testSamplesInBrowser } from '../support/browser-samples.js';
import { BrowserStream, startChromium } from '../support/chromium.js';
import { createClient } from '../support/client.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { describeOnEachPlatform, expressHttp1, fastifyHttp1, type Platform } from '../support/platforms.js';
import { startSample, type RunningSample } from '../support/start-sample.js';

let browser: Browser;
let running: Nginx | undefined;

beforeAll(async () => {
  browser = await startChromium();
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

afterAll(async () => {
  await browser.close();
});

async function startBehindNginx(platform: Platform): Promise<{ sample: RunningSample; nginx: Nginx }> {
  const sample = await startSample(platform);
  running = await startNginx(sample.port);
  return { sample, nginx: running };
}

// nginx speaks HTTP/1.0 with the server behind it, unless told otherwise.
describeOnEachPlatform(
  'behind nginx the sample application',
  (platform) => {
    describe('over HTTP/1.1', () => {
      testSamplesInBrowser(
        () => browser,
        async () => {
          const { nginx } = await startBehindNginx(platform);
          return { origin: nginx.origin, protocol: 'http/1.1' };
        },
      );
    });

    describe('over HTTP/2', () => {
      testSamplesInBrowser(
        () => browser,
        async () => {
          const { nginx } = await startBehindNginx(platform);
          return { origin: nginx.tlsOrigin, protocol: 'h2' };
        },
      );
    });

    test('sends each event at once, in whole and uncompressed', async () => {
      const { sample, nginx } = await startBehindNginx(platform);
      const client = createClient(nginx.origin, '1.1');
      const headers = { 'accept-encoding': 'gzip' };
      const stream = await client.open('/chat/sse?username=hertz', { headers });
      const events: { data: string }[] = [];

      for (const message of ['x', 'y'.repeat(10_000), 'z']) {
        await sample.open(`/chat/broadcast?from=kitex&message=${message}`, { method: 'POST' });
        events.push(await stream.nextEvent());
      }

      expect(events.map(({ data }) => (JSON.parse(data) as { Message: string }).Message.length)).toEqual([
        1, 10_000, 1,
      ]);
      expect(stream.headers['content-encoding']).toBeUndefined();
      client.close();
      await sample.untilNoConnections();
    });

    test('leaves a browser with nothing missing and nothing twice when nginx has been away', async () => {
      const { sample, nginx } = await startBehindNginx(platform);
      const url = `${nginx.tlsOrigin}/chat/sse?username=hertz`;
      const stream = await BrowserStream.open(browser, url, ['broadcast', 'direct']);
      await stream.untilOpened();
      const say = async (path: string) => {
        const answer = await sample.open(path, { method: 'POST' });
        await answer.whole();
      };
      await say('/chat/broadcast?from=kitex&message=0');
      await stream.events(1);

      await nginx.kill();
      await stream.untilReconnecting();
      for (let n = 1; n <= 20; n++) {
        await say(
          n % 2 === 0
            ? `/chat/broadcast?from=kitex&message=${n}`
            : `/chat/direct?from=kitex&message=${n}&to=hertz`,
        );
      }
      await nginx.restart();
      await stream.untilOpened(2);
      await say('/chat/broadcast?from=kitex&message=21');

      const events = await stream.events(22);
      const messages = events.map(({ data }) => Number((JSON.parse(data) as { Message: string }).Message));
      expect(messages).toEqual(Array.from({ length: 22 }, (_, n) => n));
      await stream.close();
    });

    test('leaves a browser with every price when nginx has been away', async () => {
      const { sample, nginx } = await startBehindNginx(platform);
      const witness = await sample.open('/price');
      const stream = await BrowserStream.open(browser, `${nginx.origin}/price`, ['AAPL', 'AMZN']);
      const [first] = await stream.events(2);

      await nginx.kill();
      await stream.untilReconnecting();
      const missed = witness.events.length + 2;
      await witness.until(() => witness.events.length >= missed);
      await nginx.restart();
      await stream.untilOpened(2);
      // Two seconds each have two events; one of them may come twice, since both have the id that it resumes from.
      const seen = await stream.events(missed + 3);

      const from = witness.events.findIndex(({ id, event }) => id === first!.lastEventId && event === 'AAPL');
      const expected = witness.events
        .slice(from, missed)
        .map(({ id, event, data }) => `${id} ${event} ${data}`);
      const keys = new Set(seen.map(({ lastEventId, type, data }) => `${lastEventId} ${type} ${data}`));
      expect([...keys].slice(0, expected.length)).toEqual(expected);
      expect(seen.filter(({ type }) => type === 'gap')).toEqual([]);
      witness.leave();
      await stream.close();
    });
  },
  [expressHttp1, fastifyHttp1],
);
