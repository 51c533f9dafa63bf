import { afterEach, expect, test } from '@jest/globals';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startSample } from '../support/start-sample.js';

afterEach(() => {
  delete process.env['HUB_PAGE_TOKEN'];
});

describeOnEachPlatform('the pages', (platform) => {
  test.each(['/price.html', '/chat.html', '/hub.html'])(
    'are sent with a policy that allows scripts of this server only: %s',
    async (path) => {
      const sample = await startSample(platform);

      const page = await sample.open(path);

      expect(page.status).toBe(200);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.headers['content-security-policy']).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      );
      expect(await page.whole()).toMatch(/^<!doctype html>/);
    },
  );

  test('begin with one for browsers, where others get a list of routes', async () => {
    const sample = await startSample(platform);

    const page = await sample.open('/', { headers: { accept: 'text/html,application/xhtml+xml' } });
    const list = await sample.open('/', { headers: { accept: '*/*' } });

    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['vary']).toMatch(/\baccept\b/i);
    expect(await page.whole()).toMatch(/^<!doctype html>/);
    expect(list.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(await list.whole()).toMatch(/^GET {2}\/sse/);
  });

  test.each([
    ['/assets/price.js', 'text/javascript; charset=utf-8'],
    ['/assets/style.css', 'text/css; charset=utf-8'],
    ['/assets/uPlot.iife.min.js', 'text/javascript; charset=utf-8'],
    ['/favicon.ico', 'image/svg+xml'],
  ])('find %s on this server', async (path, type) => {
    const sample = await startSample(platform);

    const file = await sample.open(path);

    expect(file.status).toBe(200);
    expect(file.headers['content-type']).toBe(type);
    expect(Buffer.byteLength(await file.whole())).toBe(Number(file.headers['content-length']));
  });

  test.each(['/assets/none.js', '/assets/..%2fprice.html', '/assets/constructor', '/refused.html'])(
    'show no other file: %s',
    async (path) => {
      const sample = await startSample(platform);

      const answer = await sample.open(path);

      expect(answer.status).toBe(404);
    },
  );
});

describeOnEachPlatform("the hub's page and its events", (platform) => {
  test.each(['/hub.html', '/hub/events'])(
    'are refused to a name that is not of this machine: %s',
    async (path) => {
      const sample = await startSample(platform);

      const answer = await sample.open(path, { headers: foreignHost(platform.httpVersion) });

      expect(answer.status).toBe(403);
      expect(await answer.whole()).not.toContain('127.0.0.1');
    },
  );

  test.each(['/hub.html', '/hub/events'])('ask for the password where there is one: %s', async (path) => {
    process.env['HUB_PAGE_TOKEN'] = 'open: sesame';
    const sample = await startSample(platform);

    const without = await sample.open(path);
    const wrong = await sample.open(path, { headers: basic('open') });
    const right = await sample.open(path, { headers: basic('open: sesame') });

    expect([without.status, wrong.status, right.status]).toEqual([401, 401, 200]);
    right.leave();
  });

  test('say that the password is wanted, with a page', async () => {
    process.env['HUB_PAGE_TOKEN'] = 'open: sesame';
    const sample = await startSample(platform);

    const page = await sample.open('/hub.html');

    expect(page.headers['www-authenticate']).toBe('Basic realm="hub", charset="UTF-8"');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(await page.whole()).toContain('This page is not for everybody');
  });
});

describeOnEachPlatform('the presence of the chat', (platform) => {
  test('tells those who ask for it who comes and who leaves, each person once', async () => {
    const sample = await startSample(platform);
    const watching = await sample.open('/chat/sse?username=ada&presence=true');
    expect(await watching.nextEvent()).toMatchObject({
      event: 'joined',
      data: expect.stringContaining('"ada"'),
    });

    const phone = await sample.open('/chat/sse?username=hertz');
    const laptop = await sample.open('/chat/sse?username=hertz');
    const joined = await watching.nextEvent();
    const online = await (await sample.open('/chat/online')).json();
    phone.leave();
    laptop.leave();
    const left = await watching.nextEvent();

    expect(JSON.parse(joined.data)).toEqual({ User: 'hertz', Timestamp: expect.any(String) });
    expect([joined.event, left.event]).toEqual(['joined', 'left']);
    expect(online).toEqual(['ada', 'hertz']);
    watching.leave();
  });
});

function foreignHost(httpVersion: string): Record<string, string> {
  return httpVersion === '2.0' ? { ':authority': 'elsewhere.example' } : { host: 'elsewhere.example' };
}

function basic(password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}` };
}
