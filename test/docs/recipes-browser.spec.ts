import { describe, expect, test } from '@jest/globals';
import { codeBlock } from '../support/documents.js';
import { newBrowserContext, openShownPage, untilClosed } from '../support/shown-page.js';
import { startShown } from '../support/shown-application.js';

const DOCUMENT = 'docs/recipes.md';

/** The recipe's application, and its page in the browser of somebody new. */
async function startRecipe(heading: string, given: string) {
  const { client, origin } = await startShown(DOCUMENT, heading);
  const context = await newBrowserContext();
  const openPage = () => openShownPage(context, origin, given, codeBlock(DOCUMENT, heading, 'js'));
  return { client, context, origin, openPage };
}

// Every "show" and "render" of the recipes leaves what it was given to the test.
const SHOWN = 'globalThis.shown = []; const show = (value) => shown.push(value);';

describe('the page of the recipe for', () => {
  test('tokens of a language model shows the answer, and asks once', async () => {
    const given = "const prompt = 'one two'; const output = document.body;";
    const { openPage } = await startRecipe('Tokens of a language model', given);

    const page = await openPage();

    await untilClosed(page);
    expect(await page.evaluate('document.body.innerText')).toBe('one two');
  });

  test('tokens of a language model gives up when there is no answer', async () => {
    const given = "const prompt = ''; const output = document.body;";
    const { openPage } = await startRecipe('Tokens of a language model', given);

    const page = await openPage();

    await untilClosed(page);
    expect(await page.evaluate('document.body.innerText')).toBe('');
  });

  test('the progress of a job shows it up to the end', async () => {
    const given = 'const bar = document.body.appendChild(document.createElement("progress")); bar.max = 100;';
    const { openPage } = await startRecipe('Progress of a job', given);

    const page = await openPage();

    await untilClosed(page);
    expect(await page.evaluate('document.querySelector("progress").value')).toBe(100);
  });

  test('notifications shows what comes, and what came while it was away', async () => {
    const given = `${SHOWN} globalThis.loaded = 0; const loadAll = () => loaded++;`;
    const { client, context, origin, openPage } = await startRecipe('Notifications', given);
    await context.addCookies([{ name: 'user', value: 'ann', url: origin }]);
    const notify = async (text: string) => {
      const answer = await client.open(`/notifications?to=ann&text=${text}`, { method: 'POST' });
      await answer.whole();
    };
    const first = await openPage();
    await first.waitForFunction('sources[0]?.readyState === EventSource.OPEN');
    await notify('one');
    await first.waitForFunction('shown.length === 1');
    await first.close();
    await notify('two');

    const second = await openPage();

    await second.waitForFunction('shown.length === 1');
    expect(await second.evaluate('({ shown, loaded })')).toEqual({ shown: ['two'], loaded: 0 });
  });

  test('a snapshot that is followed shows the state, and then its changes', async () => {
    const given = 'globalThis.shown = []; const render = (state) => shown.push(state);';
    const { client, openPage } = await startRecipe('Snapshot, then follow', given);
    const set = async (product: string, amount: number) => {
      const answer = await client.open(`/stock/${product}?amount=${amount}`, { method: 'PUT' });
      await answer.whole();
    };
    await set('apples', 3);

    const page = await openPage();
    await page.waitForFunction('shown.length === 1');
    await set('pears', 2);

    await page.waitForFunction('shown.length === 2');
    expect(await page.evaluate('shown')).toEqual([{ apples: 3 }, { apples: 3, pears: 2 }]);
  });
});
