import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startChromium } from '../support/chromium.js';
import { compileExamples, type CompiledExamples } from '../support/compiled-example.js';
import { codeBlock } from '../support/documents.js';
import { startProcess, type RunningProcess } from '../support/running-process.js';

const application = codeBlock('README.md', 'Quickstart', 'ts');
const commands = codeBlock('README.md', 'Quickstart', 'sh', 2).trim().split('\n');
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

  async function startApplication(): Promise<number> {
    const process = await examples.start(application);
    processes.push(process);
    return process.port;
  }

  test('shows in a terminal what the README shows', async () => {
    const port = await startApplication();
    const [follow, publish] = commands;
    const stream = run(follow!, port);
    await stream.untilOutput(/^id:\S+\n\n/m);

    expect(await run(publish!, port).ended).toBe(0);

    await stream.untilOutput(/\ndata:.*\n\n/);
    expect(stream.output().trimEnd()).toMatch(patternOf(shown.trimEnd()));
  });

  test('shows the event in a browser', async () => {
    const port = await startApplication();
    await run(`curl localhost:3000`, port).ended;
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      const opened = page.waitForResponse((response) => response.url().endsWith('/news'));
      await page.goto(`http://localhost:${port}`);
      await opened;

      await run(commands[1]!, port).ended;

      await page.getByText('hello').waitFor();
      expect(await page.getByRole('listitem').allTextContents()).toEqual(['hello']);
    } finally {
      await browser.close();
    }
  });
});
