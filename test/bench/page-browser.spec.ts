import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { accessibilityFindings } from '../support/accessibility.js';
import { startChromium } from '../support/chromium.js';
import { ROOT } from '../support/documents.js';
import { overflow } from '../support/layout.js';
import { SamplePage } from '../support/sample-page.js';
import { madeUpResult, type MadeUpResult } from './made-up-result.js';

const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

let browser: Browser;
let folder: string;

beforeAll(async () => {
  browser = await startChromium();
});

afterAll(async () => {
  await browser.close();
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'benchmark-page-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Makes the page of some results, and opens it from disk. */
function open(results: readonly MadeUpResult[], options: BrowserContextOptions = {}): Promise<SamplePage> {
  for (const result of results) writeFileSync(join(folder, `${result.commit}.json`), JSON.stringify(result));
  const file = join(folder, 'index.html');
  const main = join(ROOT, 'bench/page/main.mjs');
  const { status, stderr } = spawnSync('node', [main, folder, '--out', file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return SamplePage.open(browser, pathToFileURL(file).href, options);
}

function several(count: number): MadeUpResult[] {
  return Array.from({ length: count }, (_, index) => madeUpResult(index + 1));
}

function section({ page }: SamplePage, name: string): Locator {
  return page.getByRole('region', { name });
}

/** For each chart its lines whose colour is found between two places, which are counted in commits. */
function linesDrawn(page: Page, from: number, to: number): Promise<number[][]> {
  return page.evaluate<number[][]>(`(() => {
    const style = getComputedStyle(document.documentElement);
    const inks = Array.from({ length: 6 }, (_, line) =>
      style.getPropertyValue('--line-' + line).match(/[0-9a-f]{2}/g).map((part) => parseInt(part, 16)));
    const commits = JSON.parse(document.getElementById('data').textContent).commits.length;
    return Array.from(document.querySelectorAll('.plot'), (plot) => {
      const canvas = plot.querySelector('canvas');
      const [all, over] = [canvas, plot.querySelector('.u-over')].map((part) => part.getBoundingClientRect());
      const at = (place) => over.left - all.left + ((place + 0.5) / commits) * over.width;
      const size = [at(${to}) - at(${from}), over.height];
      const { data } = canvas.getContext('2d').getImageData(at(${from}), over.top - all.top, ...size);
      const has = (ink) => {
        for (let pixel = 0; pixel < data.length; pixel += 4) {
          if (data[pixel + 3] > 200 && ink.every((part, index) => Math.abs(part - data[pixel + index]) < 16)) return true;
        }
        return false;
      };
      return inks.flatMap((ink, line) => (has(ink) ? [line] : []));
    });
  })()`);
}

describe('the page of the benchmarks, opened from disk,', () => {
  test('runs within its own policy and draws every chart', async () => {
    const { page, troubles } = await open(several(5));

    expect(await linesDrawn(page, 1.2, 1.8)).toEqual([[0, 1, 2], [0, 1, 2], [0], [0]]);
    expect(troubles).toEqual([]);
  });

  test('joins no commit that was measured quickly with one that was at length', async () => {
    const results = [true, true, false, false].map((isQuick, index) => madeUpResult(index + 1, { isQuick }));

    const { page } = await open(results);

    const [joined, broken] = [
      [[0, 1, 2], [0, 1, 2], [0], [0]],
      [[], [], [], []],
    ];
    expect(await linesDrawn(page, 0.2, 0.8)).toEqual(joined);
    expect(await linesDrawn(page, 1.2, 1.8)).toEqual(broken);
    expect(await linesDrawn(page, 2.2, 2.8)).toEqual(joined);
  });

  test('tells which goals of the newest commit are met, with the intervals', async () => {
    const page = await open([madeUpResult(1), madeUpResult(2, { scenarios: madeUpResult(3).scenarios })]);

    const goals = await section(page, 'Goals').getByRole('listitem').allInnerTexts();

    const told = goals.map((text) => text.split(/\s*\n+\s*/));
    expect(told[0]).toEqual([
      'Met',
      'One event a turn to 1,000 streams: CPU time of the server per delivery',
      'nestjs-sse-hub on Express against node:http, socket.write',
      '1.04 (1.01 to 1.07)',
      'goal: at most 1.10',
    ]);
    expect(told.map(([verdict]) => verdict)).toEqual(['Met', 'Not met', 'Met', 'Not met', 'Not met']);
  });

  test('tells goals that one end of the interval reaches from those that all of it does', async () => {
    const result = madeUpResult(1);
    const [goal] = result.scenarios[0]!.ratios;
    Object.assign(goal!, { median: 1.09, low: 1.08, high: 1.2, goal: 1.1, met: true });

    const page = await open([result]);

    const goals = section(page, 'Goals');
    expect(await goals.getByRole('listitem').first().innerText()).toMatch(/^By interval/);
    expect(await goals.innerText()).toContain(
      'Of 5 goals, 1 are met, 3 are not, and 1 are met by one end of the interval',
    );
  });

  test('orders the bars of a scenario from the best to the worst, and says what each is', async () => {
    const page = await open(several(1));

    const bars = section(page, 'One event a turn to 1,000 streams').locator('.bars');

    expect(await bars.locator('.who').allInnerTexts()).toEqual(
      [
        'node:http, socket.write · control',
        'nestjs-sse-hub on Express · hub',
        'nestjs-sse-hub on Fastify · hub',
        'node:http, res.write · control',
        'better-sse · peer',
        'Nest @Sse on Express · peer',
      ].map((text) => text.replace(' · ', ' ')),
    );
  });

  test('does not judge a goal by few rounds, and says so', async () => {
    const result = madeUpResult(1);
    const [scenario] = result.scenarios;
    scenario!.rounds = 7;
    for (const ratio of scenario!.ratios) delete ratio.met;

    const goals = section(await open([result]), 'Goals');

    const first = await goals.getByRole('listitem').first().innerText();
    expect(first).toMatch(/^Not judged/);
    expect(first).toContain('goal: at most 1.10; not judged: 7 rounds');
    expect(await goals.innerText()).toContain('Not judged, for want of 15 rounds: 2.');
  });

  test('says how many rounds a scenario has had', async () => {
    const result = madeUpResult(1);
    result.scenarios[1]!.rounds = 17;
    const page = await open([result]);

    const leads = page.page.locator('.scenario .rounds');

    expect(await leads.allInnerTexts()).toEqual(['15 rounds.', '17 rounds.', '15 rounds.']);
  });

  test('has every measure, what was lost, and the CPU of the load client in tables', async () => {
    const result = madeUpResult(1);
    result.scenarios[0]!.results[3]!.deliveries = {
      due: 120_000,
      delivered: 119_997,
      missing: 4,
      doubled: 1,
    };
    const page = await open([result]);

    const scenario = section(page, 'One event a turn to 1,000 streams');
    await scenario.getByText('Every measure').click();
    const row = scenario.getByRole('row').filter({ hasText: 'better-sse' }).first();

    expect((await row.innerText()).split(/\s*[\n\t]+\s*/)).toEqual([
      'better-sse',
      '11.4 µs',
      '10.9 to 11.8 µs',
      '4.88 ms',
      '3.90 to 5.86 ms',
      '120,000',
      '4',
      '1',
      '31 %',
    ]);
  });

  test('marks where the load client was so busy that throughput and latency are its own', async () => {
    const result = madeUpResult(1);
    result.scenarios[0]!.results[3]!.loadCpu = 0.61;
    const page = await open([result]);

    const scenario = section(page, 'One event a turn to 1,000 streams');
    await scenario.getByText('Every measure').click();

    expect(await scenario.locator('.bars').innerText()).toContain(
      'throughput and latency are the client’s: better-sse (61 %).',
    );
    expect(await scenario.locator('td:has(.busy)').allInnerTexts()).toEqual([
      expect.stringMatching(/^61 %\s+throughput and latency are the client’s$/),
    ]);
    expect(await section(page, '16 events a turn to 1,000 streams').innerText()).not.toContain(
      'the client’s',
    );
  });

  test('tells a commit and its figures under the pointer', async () => {
    const { page } = await open(several(5));
    const chart = page.locator('.trend').first();

    await chart.locator('.u-over').hover({ position: { x: 2, y: 20 } });

    expect(await chart.locator('.commit').textContent()).toBe(
      '0101010 Do thing 1 (2026-10-02, quick, Imagined CPU 3000, 2 cores)',
    );
    expect(await chart.locator('.reading').first().textContent()).toBe('1.06 (1.03 to 1.09)');
  });

  test('tells a commit and its figures to whoever uses the keyboard', async () => {
    const { page } = await open(several(5));
    const chart = page.locator('.trend').first();
    const walk = chart.getByRole('slider');

    await walk.press('ArrowLeft');

    expect(await walk.getAttribute('aria-valuetext')).toMatch(
      /^0404040 Do thing 4 \(2026-10-05, quick, Imagined CPU 3000, 2 cores\): 1\.02 \(/,
    );
    expect(await chart.locator('.commit').textContent()).toMatch(/^0404040 Do thing 4/);
  });

  test('has the charts as tables, with the machine of each commit', async () => {
    const elsewhere = { cpu: 'Another CPU', cores: 1, memory: 2 ** 30, system: 'Linux' };
    const page = await open([madeUpResult(1), madeUpResult(2, { machine: elsewhere })]);
    const scenario = section(page, 'Memory of idle streams');

    await scenario.getByText('Memory per stream, over commits').last().click();
    const rows = scenario.getByRole('table').last().getByRole('row');

    expect((await rows.allInnerTexts()).map((text) => text.split(/\s*[\n\t]+\s*/)).slice(1)).toEqual([
      ['0202020', 'Do thing 2', '2026-10-03', '1.07 (1.05 to 1.09)', 'Another CPU, 1 core'],
      ['0101010', 'Do thing 1', '2026-10-02', '1.07 (1.05 to 1.09)', 'Imagined CPU 3000, 2 cores'],
    ]);
  });

  test('takes what others have written as text', async () => {
    const attack = `</script><script>document.title = 'taken'</script><img src=x onerror="document.title = 'taken'">`;
    const result = madeUpResult(1, { subject: attack });
    result.scenarios[0]!.title = attack;
    result.contenders[0]!.title = attack;

    const { page, troubles } = await open([result]);

    expect(await page.title()).toBe('Benchmarks · nestjs-sse-hub');
    expect(await page.locator('q').textContent()).toBe(attack);
    expect(await page.locator('main script, main img').count()).toBe(0);
    expect(troubles).toEqual([]);
  });

  test('says where a peer wins, and only there', async () => {
    const result = madeUpResult(1);
    const { ratios } = result.scenarios[0]!;
    ratios.push({ measure: 'cpu', of: 'hub-express', to: 'better-sse', median: 1.2, low: 1.1, high: 1.3 });

    const page = await open([result]);

    const wins = await section(page, 'Where a peer wins, and why').getByRole('listitem').allInnerTexts();
    expect(wins.map((text) => text.split('\n')[0])).toEqual([
      'better-sse in One event a turn to 1,000 streams. CPU time of the server per delivery, nestjs-sse-hub on Express against it: 1.20 (1.10 to 1.30).',
      'Nest @Sse on Express in Memory of idle streams. Memory per stream, nestjs-sse-hub on Express against it: 1.07 (1.05 to 1.09).',
    ]);
  });

  test('says where doing without is better and has no goal', async () => {
    const result = madeUpResult(1);
    const { ratios } = result.scenarios[0]!;
    const against = { measure: 'cpu', to: 'control-res-write', low: 1.1, high: 1.3 };
    ratios.push({ ...against, of: 'hub-fastify', median: 1.2 });
    ratios.push({ ...against, of: 'hub-express', median: 1.2, low: 0.9 });

    const page = await open([result]);

    const lists = section(page, 'Where a peer wins, and why').getByRole('list');
    const controls = await lists.last().getByRole('listitem').allInnerTexts();
    expect(controls.map((text) => text.split('\n')[0])).toEqual([
      'node:http, res.write in One event a turn to 1,000 streams. CPU time of the server per delivery, nestjs-sse-hub on Fastify against it: 1.20 (1.10 to 1.30).',
    ]);
  });

  test('keeps the charts of a scenario that is no longer measured, and says who was left out', async () => {
    const [first, ...rest] = madeUpResult(2).scenarios;
    const page = await open([madeUpResult(1), madeUpResult(2, { scenarios: rest })]);

    const gone = section(page, first!.title);

    expect(await gone.innerText()).toContain(
      'Not measured in the newest commit; the last was 0101010 of 2026-10-02.',
    );
    expect(await gone.locator('.bars').count()).toBe(0);
    expect(await gone.locator('.trend').count()).toBe(1);
    expect(await section(page, 'Machine and versions').innerText()).toContain(
      'nchan: nginx has no module nchan here',
    );
    expect(page.troubles).toEqual([]);
  });

  test('marks what was measured with changes that the commit does not have', async () => {
    const page = await open([madeUpResult(1), madeUpResult(2, { isDirty: true })]);

    expect(await page.page.locator('.lead code').first().innerText()).toBe('0202020 with changes');
    expect(await page.page.locator('.trend .commit').first().textContent()).toContain(
      '0202020 with changes Do thing 2',
    );
    expect(await section(page, 'Machine and versions').innerText()).toContain(
      'Do thing 2, with changes that are not committed',
    );
  });

  test('shows a contender that has come with the newest commit', async () => {
    const result = madeUpResult(2);
    result.contenders.push({ id: 'new', title: 'A new one', kind: 'peer' });
    result.scenarios[0]!.results.push({
      contender: 'new',
      values: { cpu: { median: 30, low: 29, high: 31 } },
    });

    const page = await open([madeUpResult(1), result]);

    const last = section(page, 'One event a turn to 1,000 streams').locator('.bars li').last();
    expect(await last.innerText()).toMatch(/^A new one/);
    expect(page.troubles).toEqual([]);
  });

  test('can be used light and dark, on a desktop and on a phone, by somebody who sees little', async () => {
    const { page } = await open(several(5), { viewport: desktop, reducedMotion: 'reduce' });
    await page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))");

    const findings: string[] = [];
    for (const viewport of [desktop, phone]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        const found = await accessibilityFindings(page);
        findings.push(...found.map((finding) => `${viewport.width}, ${colorScheme}: ${finding}`));
      }
    }

    expect(findings).toEqual([]);
  });

  test.each([phone, { width: 320, height: 256 }])(
    'is not wider than a screen of $width pixels',
    async (viewport) => {
      const { page } = await open(several(5), { viewport });

      expect(await overflow(page)).toBe(0);
    },
  );
});
