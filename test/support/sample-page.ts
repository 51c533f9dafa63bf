import { afterEach } from '@jest/globals';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';

const open: SamplePage[] = [];

// Before the application is closed: whoever imports this imports it before start-sample.ts.
afterEach(async () => {
  for (const page of open.splice(0)) await page.page.context().close();
});

/** A page of the sample application in a browser, which takes note of everything that goes wrong in it. */
export class SamplePage {
  /** Warnings and errors in the console, exceptions, and requests that failed or were refused. */
  readonly troubles: string[] = [];

  private constructor(readonly page: Page) {
    page.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) this.troubles.push(message.text());
    });
    page.on('pageerror', (error) => this.troubles.push(String(error)));
    page.on('requestfailed', (request) => {
      const error = request.failure()!.errorText;
      // A page that closes its stream aborts a request.
      if (error !== 'net::ERR_ABORTED') this.troubles.push(`${request.url()} ${error}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 400) this.troubles.push(`${response.url()} ${response.status()}`);
    });
    // Tests wait for what a page does, however long it takes; Jest bounds the test.
    page.setDefaultTimeout(0);
  }

  /** Opens it in a context of its own, as another person would; it is closed after the test. */
  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<SamplePage> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
    const samplePage = new SamplePage(await context.newPage());
    open.push(samplePage);
    await samplePage.page.goto(url);
    return samplePage;
  }

  /** Resolves when a condition in JavaScript holds; the page's policy has no say in it, as with `waitForFunction`. */
  async until(condition: string): Promise<void> {
    await this.page.evaluate(
      `new Promise((resolve) => {
         const look = () => ((${condition}) ? resolve() : requestAnimationFrame(look));
         look();
       })`,
    );
  }

  /** Resolves when one of the elements has a text that matches. */
  async untilText(elements: Locator, text: string | RegExp): Promise<void> {
    await elements.filter({ hasText: text }).first().waitFor({ state: 'attached' });
  }

  /** Resolves when the page's stream is in the state that its status tells: open, reconnecting, paused. */
  async untilStream(state: string): Promise<void> {
    await this.page.locator(`#status[data-state="${state}"]`).waitFor();
  }
}
