// Takes the pictures of the sample's pages that the README shows. Wants the compiled sample: `npm run screenshots`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist-sample/main.js', import.meta.url));
const desktop = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

mkdirSync(IMAGES, { recursive: true });
const server = spawn('node', [MAIN], { env: { ...process.env, PORT: '0', NO_COLOR: '1' } });
const origin = await listening(server);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});

try {
  const prices = await open('price.html', { viewport: desktop, colorScheme: 'light' });
  const pricesOnPhone = await open('price.html', { viewport: phone, colorScheme: 'dark' });
  // The pictures show the time that passes: a minute of prices, and a pause in it.
  await delay(40_000);
  await button(prices, 'Pause').click();
  await talk();
  await delay(8_000);
  await button(prices, 'Resume').click();
  await prices.getByText('None is missing').waitFor();
  await delay(10_000);
  await take(prices, 'price.png');
  await take(pricesOnPhone, 'price-phone-dark.png');
} finally {
  await browser.close();
  server.kill();
  await once(server, 'close');
}

async function talk() {
  const ada = await join('ada', { viewport: desktop, colorScheme: 'dark' });
  const grace = await join('grace', { viewport: phone, colorScheme: 'light' });
  const hertz = await join('hertz', { viewport: phone, colorScheme: 'light' });
  const kitex = await join('kitex', { viewport: desktop, colorScheme: 'dark' });
  await say(ada, 'Good morning! Is everybody there?');
  await say(grace, 'Here, on the train.');
  await say(hertz, 'Me too. We have just come out of a tunnel, and not one message was missing.');
  await say(grace, 'Shall we tell them about the gap?', 'ada');
  await say(ada, 'Later :)', 'grace');
  await button(kitex, 'Leave').click();
  await ada.getByText('kitex is offline.').waitFor();
  await say(ada, 'See you in the afternoon.', 'kitex');
  await ada.getByText('The message waits for them.').waitFor();
  await take(ada, 'chat-dark.png');
  await take(grace, 'chat-phone.png');
  const hub = await open('hub.html', { viewport: { width: 1280, height: 1000 }, colorScheme: 'light' });
  await hub.locator('#topics tbody tr').first().waitFor();
  await delay(3_000);
  await take(hub, 'hub.png');
}

async function join(name, options) {
  const page = await open('chat.html', options);
  await page.getByLabel('Your name').fill(name);
  await button(page, 'Join').click();
  await page.locator('#people').getByText(`${name} (you)`).waitFor();
  return page;
}

async function say(page, text, to = '') {
  await page.getByLabel('To', { exact: true }).selectOption(to);
  await page.getByLabel('Message', { exact: true }).fill(text);
  await button(page, 'Send').click();
  await page.locator('#messages').getByText(text).waitFor();
}

async function open(path, options) {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(`${origin}/${path}`);
  return page;
}

function button(page, name) {
  return page.getByRole('button', { name, exact: true });
}

async function take(page, name) {
  await page.screenshot({ path: `${IMAGES}${name}` });
}

async function listening({ stdout }) {
  for await (const line of createInterface(stdout)) {
    const port = /Listening on \S+:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return `http://localhost:${port}`;
  }
  throw new Error('the sample ended before it listened');
}
