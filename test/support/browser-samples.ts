import { expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { BrowserStream } from './chromium.js';

/** Where a browser finds the sample application, and what it speaks with it. */
export interface BrowserTarget {
  readonly origin: string;
  readonly protocol: 'h2' | 'http/1.1';
}

/** What a browser must see of the samples, wherever it finds them. */
export function testSamplesInBrowser(browser: () => Browser, target: () => Promise<BrowserTarget>): void {
  test('shows a browser the time', async () => {
    const { origin, protocol } = await target();
    const stream = await BrowserStream.open(browser(), `${origin}/sse`, ['timestamp']);

    const [first, second] = await stream.events(2);

    expect(Date.parse(second!.data)).toBeGreaterThan(Date.parse(first!.data));
    expect(await stream.protocol()).toBe(protocol);
    await stream.close();
  });

  test('shows a browser the prices', async () => {
    const { origin } = await target();
    const stream = await BrowserStream.open(browser(), `${origin}/price`, ['AAPL', 'AMZN']);

    const [apple, amazon] = await stream.events(2);

    expect([apple!.type, amazon!.type]).toEqual(['AAPL', 'AMZN']);
    expect(apple!.data).toMatch(/^\d+\.\d{6}$/);
    expect(apple!.lastEventId).toMatch(/^\d{13}$/);
    expect(amazon!.lastEventId).toBe(apple!.lastEventId);
    await stream.close();
  });

  test('carries what is said to a browser', async () => {
    const { origin } = await target();
    const stream = await BrowserStream.open(browser(), `${origin}/chat/sse?username=hertz`, [
      'broadcast',
      'direct',
    ]);
    await stream.untilOpened();

    await stream.post('/chat/broadcast?from=kitex&message=cloudwego');
    await stream.post('/chat/direct?from=kitex&message=hello%20hertz&to=hertz');
    const events = await stream.events(2);

    expect(events.map(({ type }) => type)).toEqual(['broadcast', 'direct']);
    expect(events.map(({ data }) => JSON.parse(data))).toMatchObject([
      { Type: 'broadcast', From: 'kitex', To: '', Message: 'cloudwego' },
      { Type: 'direct', From: 'kitex', To: 'hertz', Message: 'hello hertz' },
    ]);
    await stream.close();
  });
}
