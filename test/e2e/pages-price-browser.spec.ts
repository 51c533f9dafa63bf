import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startChromium } from '../support/chromium.js';
import { compileSample, type CompiledSample } from '../support/compiled-sample.js';
import { describeOnEachPlatform, expressHttp1, fastifyHttp2Tls } from '../support/platforms.js';
import { SamplePage } from '../support/sample-page.js';
import { startSample } from '../support/start-sample.js';

let browser: Browser;
let prices: SamplePage;

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
});

describeOnEachPlatform(
  'the page of prices',
  (platform) => {
    test('shows the prices as they come', async () => {
      const sample = await startSample(platform);
      prices = await openPrices(sample.origin);

      await untilPrices(3);

      const { page } = prices;
      expect(await page.locator('#latest tbody th').allTextContents()).toEqual(['AAPL', 'AMZN']);
      const [onCard, inTable] = await firstPrices();
      expect(onCard).toMatch(/^\d+\.\d\d$/);
      expect(inTable).toBe(onCard);
      expect(await page.getByRole('img', { name: /^Chart of AAPL, now \d/ }).isVisible()).toBe(true);
      expect(await drawnPixels('.chart canvas')).toBeGreaterThan(0);
      expect(prices.troubles).toEqual([]);
    });

    test('misses nothing while it is paused, and says so', async () => {
      const sample = await startSample(platform);
      const witness = await sample.open('/price');
      prices = await openPrices(sample.origin);
      await untilPrices(2);

      await prices.page.getByRole('button', { name: 'Pause' }).click();
      await prices.untilStream('paused');
      const before = await shown();
      const paused = witness.events.length;
      await witness.until(() => witness.events.length >= paused + 6);
      await prices.page.getByRole('button', { name: 'Resume' }).click();
      await prices.untilText(
        notices(),
        /^[\d:]+Resumed: \d+ prices of the last \d+ s were fetched.*None is missing\.$/,
      );
      const after = await shown();

      const published = witness.events.filter(
        ({ event, id }) => event === 'AAPL' && Number(id) > before.time && Number(id) <= after.time,
      );
      expect(published.length).toBeGreaterThanOrEqual(3);
      expect(after.count - before.count).toBe(published.length);
      expect(prices.troubles).toEqual([]);
      witness.leave();
    });

    test('tells what is gone when it resumes too late', async () => {
      const sample = await startSample(platform);
      prices = await openPrices(sample.origin);
      await untilPrices(1);
      await prices.page.getByRole('button', { name: 'Pause' }).click();

      // More than the log keeps of a topic.
      for (let count = 0; count <= 1_000; count++) {
        await sample.hub.publish('price', { event: 'other', data: count });
      }
      await prices.page.getByRole('button', { name: 'Resume' }).click();

      await prices.untilText(notices(), 'Some prices are missing here.');
      expect(await notices().filter({ hasText: 'None is missing' }).count()).toBe(0);
      expect(prices.troubles).toEqual([]);
    });
  },
  [expressHttp1, fastifyHttp2Tls],
);

describeOnEachPlatform(
  'the page of prices, when a proxy answers in place of its server',
  (platform) => {
    test('tries again where the browser gives up, and misses nothing', async () => {
      const { origin } = await startSample(platform);
      prices = await openPrices(origin);
      await untilPrices(1);
      await prices.page.getByRole('button', { name: 'Pause' }).click();
      await prices.page.route('**/price?*', (route) => route.fulfill({ status: 502 }), { times: 1 });

      await prices.page.getByRole('button', { name: 'Resume' }).click();
      await prices.untilStream('reconnecting');
      await prices.untilStream('open');

      await prices.untilText(notices(), 'None is missing.');
      expect(prices.troubles.filter((trouble) => !trouble.includes('502'))).toEqual([]);
    });
  },
  [expressHttp1],
);

describeOnEachPlatform(
  'the page of prices, when its server is killed and started again',
  () => {
    let compiled: CompiledSample;

    beforeAll(() => {
      compiled = compileSample();
    });

    afterAll(async () => {
      await compiled.remove();
    });

    test('goes on, and tells of the gap', async () => {
      const doomed = await compiled.start();
      prices = await openPrices(`http://localhost:${doomed.port}`);
      await untilPrices(2);

      await doomed.stop('SIGKILL');
      await prices.untilStream('reconnecting');
      await prices.untilText(notices(), 'The connection was lost.');
      const { count } = await shown();
      await compiled.start(doomed.port);
      await prices.untilStream('open');
      await prices.untilText(notices(), 'Some prices are missing here.');
      await prices.untilText(notices(), 'Connected again.');
      await untilPrices(count + 2);

      // Nobody listened for a while, and the browser says so each time that it tries.
      expect(prices.troubles.filter((trouble) => !/ERR_(CONNECTION|INCOMPLETE|EMPTY)/.test(trouble))).toEqual(
        [],
      );
    });
  },
  [expressHttp1],
);

function openPrices(origin: string): Promise<SamplePage> {
  return SamplePage.open(browser, `${origin}/price.html`);
}

function notices() {
  return prices.page.locator('#notices li');
}

/** Resolves when as many prices of AAPL have come. */
function untilPrices(count: number): Promise<void> {
  return prices.until(`document.querySelector('#latest tbody tr td:nth-child(5)')?.textContent >= ${count}`);
}

/** How many prices of AAPL the page has shown, and the time of the last one. */
async function shown(): Promise<{ count: number; time: number }> {
  const [count, time] = await prices.page.evaluate<[string, string]>(
    `[document.querySelector('#latest tbody tr td:nth-child(5)').textContent,
      document.querySelector('#latest tbody tr time').dateTime]`,
  );
  return { count: Number(count), time: Date.parse(time) };
}

/** How many pixels of a canvas are not transparent. */
function drawnPixels(selector: string): Promise<number> {
  return prices.page.evaluate<number>(
    `(() => {
       const canvas = document.querySelector(${JSON.stringify(selector)});
       const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
       return data.filter((value, index) => index % 4 === 3 && value > 0).length;
     })()`,
  );
}

/** The price of the first symbol on its card and in the table, in the same moment. */
function firstPrices(): Promise<string[]> {
  return prices.page.evaluate<string[]>(
    `['figure .price', '#latest tbody td'].map((place) => document.querySelector(place).textContent)`,
  );
}
