import { afterAll, afterEach } from '@jest/globals';
import type { Browser } from 'playwright-core';
import * as kit from '../client/kit.js';
import { startChromium } from './chromium.js';
import { forgetElsewhere, runElsewhere } from './other-runtime.js';
import { ScriptedServer, type Script } from './scripted-server.js';

export type Kit = typeof kit & {
  /** Where the scripted server answers. */
  readonly url: string;
};

/** What a client does; it runs in a page as well, so it uses nothing but its arguments. */
export type Act<Result, Given> = (kit: Kit, given: Given) => Promise<Result>;

export interface Platform {
  readonly name: string;
  /** What its `fetch` does not do: refuse what it cannot send, ask for what is not kept. */
  readonly lacks: readonly ('checks' | 'cache')[];
  /** Has the client do something, which answers with what JSON can hold. */
  run<Result>(server: ScriptedServer, act: Act<Result, undefined>): Promise<Result>;
  /** @param given what JSON can hold */
  run<Result, Given>(server: ScriptedServer, act: Act<Result, Given>, given: Given): Promise<Result>;
}

const servers: ScriptedServer[] = [];
let browser: Promise<Browser> | undefined;

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

afterAll(async () => {
  await (await browser)?.close();
  browser = undefined;
  forgetElsewhere();
});

/** A scripted server, which is closed after the test. */
export async function serve(script: Script): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(script);
  servers.push(server);
  return server;
}

const node: Platform = {
  name: 'Node',
  lacks: [],
  run: <Result, Given>(server: ScriptedServer, act: Act<Result, Given>, given?: Given) =>
    act({ ...kit, url: server.url }, given as Given),
};

const chromium: Platform = {
  name: 'Chromium',
  lacks: [],
  async run<Result, Given>(server: ScriptedServer, act: Act<Result, Given>, given?: Given): Promise<Result> {
    browser ??= startChromium();
    const page = await (await browser).newPage();
    try {
      await page.goto(`${server.origin}/page`);
      const call = callOf(server, act, given);
      return await page.evaluate<Result>(`import('/test/client/kit.js').then((kit) => ${call})`);
    } finally {
      await page.close();
    }
  },
};

function elsewhere(name: string, lacks: Platform['lacks'], ...command: string[]): Platform {
  return {
    name,
    lacks,
    run: <Result, Given>(server: ScriptedServer, act: Act<Result, Given>, given?: Given) =>
      runElsewhere<Result>(command, callOf(server, act, given)),
  };
}

/** What is run where nothing but text gets to, and a `kit` is there. */
function callOf<Result, Given>(server: ScriptedServer, act: Act<Result, Given>, given?: Given): string {
  return `(${String(act)})({ ...kit, url: ${JSON.stringify(server.url)} }, ${JSON.stringify(given)})`;
}

/** The names of further runtimes that are installed, with commas between them. */
const { CLIENT_RUNTIMES = '' } = process.env;

const runtimes = [
  elsewhere('Bun', ['cache', 'checks'], 'bun'),
  elsewhere('Deno', ['cache'], 'deno', 'run', '--allow-all', '--quiet'),
].filter(({ name }) => CLIENT_RUNTIMES.split(',').includes(name));

export const clientPlatforms = [node, chromium, ...runtimes];
