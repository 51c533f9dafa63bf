import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startChromium } from '../support/chromium.js';
import { compileExamples, type CompiledExamples } from '../support/compiled-example.js';
import type { StartedServer } from '../support/compiled-library.js';
import { codeBlock } from '../support/documents.js';
import { compileWith } from '../support/examples.js';
import { freePort } from '../support/free-port.js';
import { startProcess, type RunningProcess } from '../support/running-process.js';

const application = codeBlock('README.md', 'Quickstart', 'ts');
const { compilerOptions } = JSON.parse(codeBlock('README.md', 'Quickstart', 'json')) as {
  compilerOptions: object;
};
const compiled = compileWith(compilerOptions, application);
const [follow, publish] = codeBlock('README.md', 'Quickstart', 'sh', 2).trim().split('\n');
const shown = codeBlock('README.md', 'Quickstart', 'text');

const processes: RunningProcess[] = [];

/** Runs a command of the README on the port that the application has here, as soon as that listens. */
function run(command: string, port: number): RunningProcess {
  const [program, ...args] = command.replace('3000', String(port)).replaceAll("'", '').split(' ');
  const quiet = ['--silent', '--retry', '50', '--retry-delay', '1', '--retry-connrefused'];
  const process = startProcess(program!, [...quiet, ...args]);
  processes.push(process);
  return process;
}

/** A pattern of what is shown, with any position of the log in the place of those that are shown. */
function patternOf(text: string): RegExp {
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(/(?<=^id:)\w+-/gm, '\\w+-')}$`);
}

afterEach(async () => {
  for (const process of processes.splice(0)) await process.stop();
});

describe('the quickstart of the README', () => {
  let examples: CompiledExamples;

  beforeAll(() => {
    examples = compileExamples();
  });

  afterAll(async () => {
    await examples.remove();
  });

  async function startApplication(port?: number): Promise<StartedServer> {
    const process = await examples.start(compiled.output, port);
    processes.push(process);
    return process;
  }

  test('shows in a terminal what the README shows', async () => {
    const { port } = await startApplication();
    const stream = run(follow!, port);
    await stream.untilOutput(/^id:\S+\n\n/m);

    expect(await run(publish!, port).ended).toBe(0);

    await stream.untilOutput(/\ndata:.*\n\n/);
    expect(stream.output().trimEnd()).toMatch(patternOf(shown.trimEnd()));
  });

  test('compiles with the tsconfig.json that it shows', () => {
    expect(compiled.problems).toEqual([]);
  });

  test('shows the event in a browser, and goes on when the application has been started again', async () => {
    const port = await freePort();
    const first = await startApplication(port);
    await run(`curl localhost:3000`, port).ended;
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(0);
      const opens = () =>
        page.waitForResponse((response) => response.url().endsWith('/news') && response.status() === 200);
      const errors: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      const opened = opens();
      await page.goto(`http://localhost:${port}`);
      await opened;
      await run(publish!, port).ended;
      await page.getByText('hello').waitFor();
      expect(await page.getByRole('listitem').allTextContents()).toEqual(['hello']);
      expect(errors).toEqual([]);

      const openedAgain = opens();
      await first.stop('SIGINT');
      await startApplication(port);
      await openedAgain;
      await run(publish!.replace('hello', 'again'), port).ended;

      await page.getByText('again').waitFor();
      expect(await page.getByRole('listitem').allTextContents()).toEqual(['hello', 'again']);
    } finally {
      await browser.close();
    }
  });
});
