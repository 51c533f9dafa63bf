import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lmdbLog } from 'nestjs-sse-hub/lmdb';
import type { Browser } from 'playwright-core';
import { startChromium } from '../support/chromium.js';
import type { StartedServer } from '../support/compiled-library.js';
import { compileSample, type CompiledSample } from '../support/compiled-sample.js';
import { SamplePage } from '../support/sample-page.js';
import { seed, seededRandom } from '../support/seeded-random.js';

const KILLS = process.env['FAULTS_SIZE'] === 'full' ? 10 : 2;

// The clients of the samples try three times, and begin to count anew when a stream has been open as long.
const STABLE_MS = 5_500;

interface Price {
  readonly time: number;
  readonly text: string;
}

const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-samples-'));
let sample: CompiledSample;
let browser: Browser;

beforeAll(async () => {
  sample = compileSample();
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
  await sample.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe(`The samples with a log on the disk (SEED=${seed})`, () => {
  test(`lose and double no price over ${KILLS} kills`, async () => {
    const random = seededRandom(seed);
    let server = await start();
    const clients = sample.startClients(server.port, '/price');
    const page = await SamplePage.open(browser, `http://localhost:${server.port}/price.html`);
    await page.untilStream('open');
    await untilPriceAfter(page, 0);
    const first = await shown(page);
    await clients.untilOutput(/^client1 AMZN .*\n(.*\n)*client2 AMZN /m);
    for (let kill = 0; kill < KILLS; kill++) {
      await delay(STABLE_MS + 2_000 * random());
      await server.stop('SIGKILL');
      await delay(1_500 * random());
      server = await start(server.port);
      const restarted = Date.now();
      await page.untilStream('open');
      await untilPriceAfter(page, restarted);
      await untilBothHave(clients, restarted);
    }
    const last = await shown(page);
    const output = clients.output();
    await server.stop();
    await clients.stop();
    const prices = await kept();
    for (const name of ['client1', 'client2'])
      expect(seenBy(name, output)).toEqual(dueTo(name, output, prices));
    const apple = prices.filter(
      ({ text, time }) => text.startsWith('AAPL') && time > first.time && time <= last.time,
    );
    expect(last.count - first.count).toBe(apple.length);
    expect(await page.page.locator('#notices li', { hasText: 'missing here' }).count()).toBe(0);
  });
});

function start(port?: number): Promise<StartedServer> {
  return sample.start(port, { SSE_DATA_DIR: folder });
}

/** All prices of the log, in its order. */
async function kept(): Promise<Price[]> {
  const log = lmdbLog({ path: folder });
  await log.open({ committed: () => undefined });
  const { records } = log.read({ keys: ['t:price'], after: 0, limit: Infinity });
  await log.close();
  return records.map(({ id, body }) => {
    const [, symbol, price] = /^event:(\w+)\ndata:(\S+)\n\n$/.exec(body)!;
    return { time: Number(id), text: `${symbol} ${price}` };
  });
}

function seenBy(name: string, output: string): string[] {
  return Array.from(output.matchAll(new RegExp(`^${name} ((?:AAPL|AMZN) \\S+)$`, 'gm')), ([, text]) => text!);
}

/** Everything in the log from the first price that the client has seen to the last. */
function dueTo(name: string, output: string, prices: readonly Price[]): string[] {
  const seen = seenBy(name, output);
  const all = prices.map(({ text }) => text);
  return all.slice(all.indexOf(seen[0]!), all.lastIndexOf(seen.at(-1)!) + 1);
}

async function untilBothHave(clients: { output(): string }, since: number): Promise<void> {
  const begin = clients.output().length;
  const isDone = () =>
    ['client1', 'client2'].every((name) => seenBy(name, clients.output().slice(begin)).length >= 2);
  while (!isDone() || Date.now() < since + 1_000) await delay(50);
}

/** Resolves when the page shows a price that is younger. */
async function untilPriceAfter(page: SamplePage, time: number): Promise<void> {
  await page.until(`Date.parse(document.querySelector('#latest tbody tr time')?.dateTime ?? '') > ${time}`);
}

/** How many prices of AAPL the page has shown, and the time of the last one. */
async function shown({ page }: SamplePage): Promise<{ count: number; time: number }> {
  const [count, time] = await page.evaluate<[string, string]>(
    `[document.querySelector('#latest tbody tr td:nth-child(5)').textContent,
      document.querySelector('#latest tbody tr time').dateTime]`,
  );
  return { count: Number(count), time: Date.parse(time) };
}
