import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Locator } from 'playwright-core';
import { startChromium } from '../support/chromium.js';
import { compileSample, type CompiledSample } from '../support/compiled-sample.js';
import { describeOnEachPlatform, expressHttp1, fastifyHttp2Tls } from '../support/platforms.js';
import { SamplePage } from '../support/sample-page.js';
import { startSample } from '../support/start-sample.js';

let browser: Browser;
const people: Person[] = [];

beforeAll(async () => {
  browser = await startChromium();
});

afterEach(() => {
  people.length = 0;
});

afterAll(async () => {
  await browser.close();
});

describeOnEachPlatform(
  'the page of the chat',
  (platform) => {
    test('carries what is said between two people, to everyone and to one alone', async () => {
      const { origin } = await startSample(platform);
      const ada = await join(origin, 'ada');
      const grace = await join(origin, 'grace');
      const hertz = await join(origin, 'hertz');

      await ada.say('good morning');
      await grace.hears(/^ada[\d:]+good morning$/);
      await grace.say('to you alone, ada', 'ada');
      await ada.hears(/^graceto you alone[\d:]+to you alone, ada$/);
      await grace.hears(/^Youto ada alone[\d:]+to you alone, ada$/);
      await grace.say('and to everyone');

      await hertz.hears(/^grace[\d:]+and to everyone$/);
      await ada.hears(/^You[\d:]+good morning$/);
      expect(await hertz.heard()).not.toContain('to you alone, ada');
      expectNoTroubles();
    });

    test('shows who is online, who comes and who leaves', async () => {
      const { origin } = await startSample(platform);
      const ada = await join(origin, 'ada');
      await ada.seesOnline('ada (you)');

      const grace = await join(origin, 'grace');
      await ada.hears(/^grace is online\./);
      await ada.seesOnline('ada (you)', 'grace');
      await grace.seesOnline('grace (you)', 'ada');
      await grace.leave();
      await ada.hears(/^grace is offline\./);
      await ada.seesOnline('ada (you)');
      await grace.join();

      await ada.seesOnline('ada (you)', 'grace');
      await grace.seesOnline('grace (you)', 'ada');
      expectNoTroubles();
    });

    test('keeps what is said to somebody who is offline, and says that it waits', async () => {
      const { origin } = await startSample(platform);
      const ada = await join(origin, 'ada');
      const grace = await join(origin, 'grace');
      await ada.seesOnline('ada (you)', 'grace');
      await grace.leave();
      await ada.seesOnline('ada (you)');

      await ada.say('for later', 'grace');
      await ada.hears('grace is offline. The message waits for them.');
      await grace.join();

      await grace.hears(/^adato you alone[\d:]+for later$/);
      expectNoTroubles();
    });

    test('shows markup as what it is', async () => {
      const { origin } = await startSample(platform);
      const ada = await join(origin, 'ada');
      const markup = await join(origin, '<img src=x onerror=alert(1)>');

      await markup.say('<script>alert(1)</script><b>bold</b>');

      await ada.hears('<script>alert(1)</script><b>bold</b>');
      await ada.seesOnline('ada (you)', '<img src=x onerror=alert(1)>');
      expect(await ada.page.page.locator('main img, main b, main script').count()).toBe(0);
      expectNoTroubles();
    });

    test('tells of messages that are gone', async () => {
      const sample = await startSample(platform);
      const ada = await join(sample.origin, 'ada');
      await ada.say('the last one that is seen');
      await ada.hears('the last one that is seen');

      // More than the log keeps of a topic, in one turn after the stream has ended.
      await sample.hub.disconnect('ada');
      for (let count = 0; count <= 1_000; count++) {
        await sample.hub.publish('chat', { event: 'other', data: { Timestamp: new Date() } });
      }

      await ada.hears('You are offline');
      await ada.hears('messages are missing here.');
      await ada.hears('You are online again.');
      await ada.seesOnline('ada (you)');
      expectNoTroubles();
    });
  },
  [expressHttp1, fastifyHttp2Tls],
);

describe('the page of the chat', () => {
  test('can be used with the keyboard alone', async () => {
    const { origin } = await startSample(expressHttp1);
    const grace = await join(origin, 'grace');
    const ada = new Person(await SamplePage.open(browser, `${origin}/chat.html`), 'ada');
    people.push(ada);
    const { keyboard } = ada.page.page;

    await keyboard.type('ada');
    await keyboard.press('Enter');
    await ada.seesOnline('ada (you)', 'grace');
    await keyboard.type('typed');
    await keyboard.press('Enter');
    await grace.hears(/^ada[\d:]+typed$/);
    // Back to the list of people: over whom it is said to, and the messages.
    for (let tabs = 0; tabs < 3; tabs++) await keyboard.press('Shift+Tab');
    await keyboard.press('Enter');
    await keyboard.type('to one');
    await keyboard.press('Enter');

    await grace.hears(/^adato you alone[\d:]+to one$/);
    expectNoTroubles();
  });
});

describe('the page of the chat, when its server is killed and started again', () => {
  let compiled: CompiledSample;

  beforeAll(() => {
    compiled = compileSample();
  });

  afterAll(async () => {
    await compiled.remove();
  });

  test('keeps what cannot be sent, and goes on', async () => {
    const doomed = await compiled.start();
    const ada = await join(`http://localhost:${doomed.port}`, 'ada');
    await ada.seesOnline('ada (you)');

    await doomed.stop('SIGKILL');
    await ada.hears('You are offline');
    await ada.say('is anybody there?');
    await ada.hears('The message could not be sent.');
    expect(await ada.message.inputValue()).toBe('is anybody there?');
    await compiled.start(doomed.port);
    await ada.hears('You are online again.');
    await ada.hears('messages are missing here. The server has started anew');
    await ada.message.press('Enter');

    await ada.hears(/^You[\d:]+is anybody there\?$/);
  });
});

/** Somebody at the page of the chat. */
class Person {
  readonly message: Locator;

  constructor(
    readonly page: SamplePage,
    private readonly name: string,
  ) {
    this.message = page.page.getByLabel('Message', { exact: true });
  }

  async join(): Promise<void> {
    await this.page.page.getByLabel('Your name').fill(this.name);
    await this.page.page.getByRole('button', { name: 'Join' }).click();
    await this.page.untilStream('open');
  }

  async leave(): Promise<void> {
    await this.page.page.getByRole('button', { name: 'Leave' }).click();
  }

  async say(text: string, to = ''): Promise<void> {
    await this.page.page.getByLabel('To', { exact: true }).selectOption(to);
    await this.message.fill(text);
    await this.page.page.getByRole('button', { name: 'Send' }).click();
  }

  /** Resolves when a message or a notice is there. */
  async hears(text: string | RegExp): Promise<void> {
    await this.page.untilText(this.page.page.locator('#messages li'), text);
  }

  async heard(): Promise<string> {
    return (await this.page.page.locator('#messages').textContent()) ?? '';
  }

  /** Resolves when exactly these are shown to be online. */
  async seesOnline(...names: string[]): Promise<void> {
    await this.page.until(
      `JSON.stringify([...document.querySelectorAll('#people li')].map((item) => item.textContent)) ===
         ${JSON.stringify(JSON.stringify(names))}`,
    );
  }
}

async function join(origin: string, name: string): Promise<Person> {
  const person = new Person(await SamplePage.open(browser, `${origin}/chat.html`), name);
  people.push(person);
  await person.join();
  return person;
}

function expectNoTroubles(): void {
  expect(people.flatMap(({ page }) => page.troubles)).toEqual([]);
}
