import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { accessibilityFindings } from '../support/accessibility.js';
import { startChromium } from '../support/chromium.js';
import { overflow } from '../support/layout.js';
import { describeOnEachPlatform, expressHttp1 } from '../support/platforms.js';
import { SamplePage } from '../support/sample-page.js';
import { startSample, type RunningSample } from '../support/start-sample.js';

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };
const narrow = { width: 360, height: 640 };
// A desktop at a zoom of 400 %.
const zoomed = { width: 320, height: 256 };

/** Each page with everything on it that can be. */
const pages: readonly [
  name: string,
  open: (sample: RunningSample, options: object) => Promise<SamplePage>,
][] = [
  ['the first page', ({ origin }, options) => SamplePage.open(browser, `${origin}/`, options)],
  ['the page of prices', openPrices],
  ['the page of prices, paused', openPausedPrices],
  ['the door of the chat', ({ origin }, options) => SamplePage.open(browser, `${origin}/chat.html`, options)],
  ['the room of the chat', openRoom],
  ['the room of the chat, offline', openRoomOffline],
  ["the hub's page", openHub],
  [
    "the refusal of the hub's page",
    ({ port }, options) => SamplePage.open(browser, `http://elsewhere.localhost:${port}/hub.html`, options),
  ],
];

let browser: Browser;

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
});

describeOnEachPlatform(
  'somebody who sees little, or uses no mouse,',
  (platform) => {
    test.each(pages)('can use %s, light and dark, on a desktop and on a phone', async (_, open) => {
      const sample = await startSample(platform);
      const page = await open(sample, { viewport: desktop, colorScheme: 'light', reducedMotion: 'reduce' });

      const findings: string[] = [];
      for (const viewport of [desktop, phone]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.page.setViewportSize(viewport);
          await page.page.emulateMedia({ colorScheme });
          const found = await accessibilityFindings(page.page);
          findings.push(...found.map((finding) => `${viewport.width}, ${colorScheme}: ${finding}`));
        }
      }

      expect(findings).toEqual([]);
    });

    test.each(pages)(
      'can read %s on a narrow phone, and much enlarged, without moving it sideways',
      async (_, open) => {
        const sample = await startSample(platform);
        const page = await open(sample, { viewport: narrow });
        const narrowOverflow = await overflow(page.page);
        await page.page.setViewportSize(zoomed);

        expect([narrowOverflow, await overflow(page.page)]).toEqual([0, 0]);
      },
    );
  },
  [expressHttp1],
);

async function openPrices({ origin }: RunningSample, options: object): Promise<SamplePage> {
  const page = await SamplePage.open(browser, `${origin}/price.html`, options);
  await page.untilText(page.page.locator('#latest tbody tr'), /\d{2}:\d{2}:\d{2}/);
  return page;
}

async function openPausedPrices(sample: RunningSample, options: object): Promise<SamplePage> {
  const page = await openPrices(sample, options);
  const notices = page.page.locator('#notices li');
  await page.page.getByRole('button', { name: 'Pause' }).click();
  await page.page.getByRole('button', { name: 'Resume' }).click();
  await page.untilText(notices, 'None is missing');
  await page.page.getByRole('button', { name: 'Pause' }).click();
  return page;
}

async function openRoom({ origin, open }: RunningSample, options: object): Promise<SamplePage> {
  const grace = await open('/chat/sse?username=grace');
  const page = await SamplePage.open(browser, `${origin}/chat.html`, options);
  await page.page.getByLabel('Your name').fill('ada');
  await page.page.getByRole('button', { name: 'Join' }).click();
  await page.page.locator('#people').getByRole('button', { name: 'grace' }).click();
  await page.page
    .getByLabel('Message', { exact: true })
    .fill('a longwordthatgoesonandonandonandonandonandonandonandon');
  await page.page.getByRole('button', { name: 'Send' }).click();
  await page.untilText(page.page.locator('#messages li'), 'a longword');
  for (const path of ['broadcast?from=kitex&message=hello', 'direct?from=kitex&message=hello&to=ada']) {
    await (await open(`/chat/${path}`, { method: 'POST' })).whole();
  }
  await page.untilText(page.page.locator('#messages li'), 'to you alone');
  grace.leave();
  await page.untilText(page.page.locator('#messages li'), 'grace is offline.');
  return page;
}

async function openRoomOffline(sample: RunningSample, options: object): Promise<SamplePage> {
  const page = await openRoom(sample, options);
  await page.page.context().setOffline(true);
  await sample.hub.disconnect('ada');
  await page.untilStream('reconnecting');
  return page;
}

async function openHub({ origin, open }: RunningSample, options: object): Promise<SamplePage> {
  await open('/chat/sse?username=hertz&presence=true');
  await open('/price', { lastEventId: '1' });
  const page = await SamplePage.open(browser, `${origin}/hub.html`, options);
  await page.untilText(page.page.locator('#streams tbody tr'), 'hertz');
  await page.untilText(page.page.locator('#gaps tbody tr'), 'unknown-id');
  return page;
}
