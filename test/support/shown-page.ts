import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startChromium } from './chromium.js';

/** Keeps every `EventSource` of the page, so that a test can ask how it is. */
const WATCHED = `
globalThis.sources = [];
globalThis.EventSource = class extends EventSource {
  constructor(...args) {
    super(...args);
    sources.push(this);
  }
};
`;

let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  browser = await startChromium();
});

afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
});

afterAll(async () => {
  await browser.close();
});

/** A browser of somebody, which is closed after the test. Whoever imports this imports it before what serves the pages. */
export async function newBrowserContext(): Promise<BrowserContext> {
  const context = await browser.newContext();
  context.setDefaultTimeout(0);
  contexts.push(context);
  return context;
}

/** Opens a page of an origin that runs a script from the documents, with what the script takes for granted before it. */
export async function openShownPage(
  context: BrowserContext,
  origin: string,
  given: string,
  script: string,
): Promise<Page> {
  const page = await context.newPage();
  const body = `<!doctype html><link rel="icon" href="data:,"><body><script type="module">${WATCHED}${given}${script}</script>`;
  await page.route(`${origin}/`, (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(`${origin}/`);
  return page;
}

/** Resolves when the page's only stream is closed for good. */
export async function untilClosed(page: Page): Promise<void> {
  await page.waitForFunction('sources.length === 1 && sources[0].readyState === EventSource.CLOSED');
}
