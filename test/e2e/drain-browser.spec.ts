import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { BrowserStream, startChromium, type PageEvent } from '../support/chromium.js';
import { compileServer, type CompiledServer, type StartedServer } from '../support/compiled-server.js';

let browser: Browser;
let server: CompiledServer;
let folder: string;
let first: StartedServer;
let page: BrowserStream;

beforeAll(async () => {
  browser = await startChromium();
  server = compileServer('test/e2e/kept-numbers-app.ts');
  folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-numbers-'));
});

afterAll(async () => {
  await browser.close();
  await server.remove();
  rmSync(folder, { recursive: true });
});

const start = (port?: number) => server.start({ KEPT: join(folder, 'kept') }, port);

describe("A page's EventSource, whose server", () => {
  beforeEach(async () => {
    writeFileSync(join(folder, 'kept'), '');
    first = await start();
    page = await BrowserStream.open(browser, `http://127.0.0.1:${first.port}/numbers`, ['message']);
    await page.events(10);
  });

  afterEach(async () => {
    await page.close();
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'is ended by %s and started again, comes back by itself and gets every number once and in order',
    async (signal) => {
      await first.stop(signal);
      const { events } = await untilServedAgain();
      expect(numbers(events)).toEqual(events.map((_, n) => numbers(events)[0]! + n));
      expect(events.map(({ lastEventId }) => lastEventId)).toEqual(events.map(({ data }) => data));
    },
  );

  test('drains and is started again, complains of nothing', async () => {
    await first.stop('SIGTERM');
    const { output } = await untilServedAgain();
    expect(output).toMatch(/^(Listening on \d+\n){2}$/);
  });
});

function numbers(events: readonly PageEvent[]): number[] {
  return events.map(({ data }) => Number(data));
}

/** What the page has seen, when another process has served it for a while on the same port. */
async function untilServedAgain(): Promise<{ events: PageEvent[]; output: string }> {
  await page.untilReconnecting();
  const before = await page.events(0);
  const second = await start(first.port);
  await page.untilOpened(2);
  const events = await page.events(before.length + 50);
  await page.close();
  await second.stop();
  return { events, output: first.output() + second.output() };
}
