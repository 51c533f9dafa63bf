import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startChromium } from '../support/chromium.js';
import { describeOnEachPlatform, expressHttp1, fastifyHttp2Tls } from '../support/platforms.js';
import { SamplePage } from '../support/sample-page.js';
import { startSample } from '../support/start-sample.js';

let browser: Browser;
let hub: SamplePage;

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
});

describeOnEachPlatform(
  "the hub's page",
  (platform) => {
    test('shows the streams, the topics and the rates, and what changes', async () => {
      const { origin, open } = await startSample(platform);
      const hertz = await open('/chat/sse?username=hertz');
      const prices = await open('/price');
      hub = await SamplePage.open(browser, `${origin}/hub.html`);

      await hub.untilText(rows('topics'), /^chat1\d/);
      await hub.untilText(rows('topics'), /^price1\d/);
      await hub.untilText(rows('streams'), /^hertz(::ffff:)?127\.0\.0\.1chat/);
      await hub.untilText(figure('Open streams'), /^Open streams3/);
      await hub.untilText(figure('Published'), /^Published[12](\.\d)?events a second/);
      await hub.untilText(figure('Lagging'), /^Lagging0/);
      hertz.leave();

      await hub.untilText(figure('Open streams'), /^Open streams2/);
      await hub.untilText(rows('closed'), /^client1$/);
      expect(hub.troubles).toEqual([]);
      prices.leave();
    });

    test('stops and goes on', async () => {
      const { origin, hub: server } = await startSample(platform);
      hub = await SamplePage.open(browser, `${origin}/hub.html`);
      await hub.untilText(figure('Open streams'), '1');

      await hub.page.getByRole('button', { name: 'Pause' }).click();
      await hub.untilStream('paused');
      await hub.page.getByRole('button', { name: 'Resume' }).click();
      await hub.untilStream('open');
      await hub.untilText(figure('Open streams'), '2 opened');

      expect(server.connectionCount).toBe(1);
      expect(hub.troubles).toEqual([]);
    });

    test('says why it is not shown where it may not be seen', async () => {
      const { port } = await startSample(platform);

      // A browser finds this machine by any name below localhost, and so might a page of somebody else's.
      hub = await SamplePage.open(browser, `${platform.scheme}://elsewhere.localhost:${port}/hub.html`);

      await hub.page.getByRole('heading', { name: 'This page is not for everybody' }).waitFor();
      expect(await rows('streams').count()).toBe(0);
    });

    test('is shown to whoever has the password', async () => {
      process.env['HUB_PAGE_TOKEN'] = 'open sesame';
      const { origin } = await startSample(platform);
      delete process.env['HUB_PAGE_TOKEN'];
      const httpCredentials = { username: 'anybody', password: 'open sesame' };

      hub = await SamplePage.open(browser, `${origin}/hub.html`, { httpCredentials });

      await hub.untilText(figure('Open streams'), '1 opened');
      expect(hub.troubles).toEqual([]);
    });
  },
  [expressHttp1, fastifyHttp2Tls],
);

function rows(table: string) {
  return hub.page.locator(`#${table} tbody tr`);
}

function figure(name: string) {
  return hub.page.locator('#figures > div').filter({ has: hub.page.getByText(name, { exact: true }) });
}
