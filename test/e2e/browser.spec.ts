import { afterAll, beforeAll } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { testSamplesInBrowser } from '../support/browser-samples.js';
import { startChromium } from '../support/chromium.js';
import { describeOnEachPlatform, expressHttp1, fastifyHttp1, fastifyHttp2Tls } from '../support/platforms.js';
import { startSample } from '../support/start-sample.js';

let browser: Browser;

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
});

// Browsers speak HTTP/2 over TLS only.
describeOnEachPlatform(
  'the sample application',
  (platform) => {
    testSamplesInBrowser(
      () => browser,
      async () => {
        const { origin } = await startSample(platform);
        return { origin, protocol: platform.httpVersion === '2.0' ? 'h2' : 'http/1.1' };
      },
    );
  },
  [expressHttp1, fastifyHttp1, fastifyHttp2Tls],
);
