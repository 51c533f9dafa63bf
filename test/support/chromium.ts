import { chromium, type Browser, type Page } from 'playwright-core';

/** An event as a page has received it. */
export interface PageEvent {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
}

/** Starts the browser of the system. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--ignore-certificate-errors',
    ],
  });
}

/** A page's EventSource, seen from the test. */
export class BrowserStream {
  private constructor(private readonly page: Page) {}

  /** Opens a page of the same origin, and in it an EventSource for the events of these names. */
  static async open(browser: Browser, url: string, names: readonly string[]): Promise<BrowserStream> {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    await page.goto(new URL('/', url).href);
    const stream = new BrowserStream(page);
    await page.evaluate(
      `globalThis.events = [];
       globalThis.opened = 0;
       globalThis.source = new EventSource(${JSON.stringify(url)});
       source.onopen = () => opened++;
       for (const name of ${JSON.stringify([...names, 'gap'])}) {
         source.addEventListener(name, ({ type, data, lastEventId }) => events.push({ type, data, lastEventId }));
       }`,
    );
    return stream;
  }

  /** Resolves when the stream has been opened as often. */
  async untilOpened(times = 1): Promise<void> {
    await this.page.waitForFunction(`opened >= ${times}`, undefined, { timeout: 0 });
  }

  /** The events so far, when there are as many. */
  async events(count: number): Promise<PageEvent[]> {
    await this.page.waitForFunction(`events.length >= ${count}`, undefined, { timeout: 0 });
    return this.page.evaluate<PageEvent[]>('events');
  }

  /** Has the page send a POST to its server. */
  async post(path: string): Promise<void> {
    await this.page.evaluate(
      `fetch(${JSON.stringify(path)}, { method: 'POST' }).then((answer) => answer.text())`,
    );
  }

  /** Resolves when the browser has noticed that the stream is cut, and will open it again. */
  async untilReconnecting(): Promise<void> {
    await this.page.waitForFunction('source.readyState === EventSource.CONNECTING', undefined, {
      timeout: 0,
    });
  }

  /** `http/1.1` or `h2`. */
  protocol(): Promise<string> {
    return this.page.evaluate<string>("performance.getEntriesByType('navigation')[0].nextHopProtocol");
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
