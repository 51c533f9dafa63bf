import { describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import type { Client } from '../support/client.js';
import { startShown, startShownProgram } from '../support/shown-application.js';

const DOCUMENT = 'docs/security.md';

async function startTickets() {
  const { client } = await startShown(DOCUMENT, 'One-time tickets', { index: 0 });
  return { client, ticket: () => ticketOf(client, 'ann') };
}

async function ticketOf(client: Client, user: string): Promise<string> {
  const headers = { authorization: `Bearer ${user}` };
  const answer = await client.open('/inbox/ticket', { method: 'POST', headers });
  return ((await answer.json()) as { ticket: string }).ticket;
}

async function say(client: Client, user: string): Promise<void> {
  const headers = { authorization: `Bearer ${user}` };
  const answer = await client.open('/inbox', { method: 'POST', headers });
  await answer.whole();
}

describe('the authorization that docs/security.md shows', () => {
  test('lets everybody follow what is public, and refuses what is not theirs', async () => {
    const { client } = await startShown(DOCUMENT, 'Topics');

    const topics = ['public/news', 'users/1/inbox', 'public/news&topic=users/1/inbox'];
    const answers = await Promise.all(topics.map((topic) => client.open(`/feed?topic=${topic}`)));

    expect(answers.map(({ status }) => status)).toEqual([200, 403, 403]);
  });
});

describe('the tickets that docs/security.md shows', () => {
  test('open the stream of whom they were issued to', async () => {
    const { client, ticket } = await startTickets();
    const stream = await client.open(`/inbox?ticket=${await ticket()}`);

    await say(client, 'bob');
    await say(client, 'ann');

    expect(await stream.nextData(1)).toEqual(['hello']);
    expect(stream.events).toHaveLength(1);
  });

  test('let nobody in twice, nor without one', async () => {
    const { client, ticket } = await startTickets();
    const used = await ticket();
    await client.open(`/inbox?ticket=${used}`);

    const statuses: number[] = [];
    for (const query of [`?ticket=${used}`, '?ticket=made-up', '']) {
      const answer = await client.open(`/inbox${query}`);
      statuses.push(answer.status);
      await answer.whole();
    }

    expect(statuses).toEqual([401, 401, 401]);
  });

  test('let a client go on with a new one, from the last id that it has seen', async () => {
    const { client, ticket } = await startTickets();
    const first = await client.open(`/inbox?ticket=${await ticket()}`);
    await say(client, 'ann');
    const { id } = await first.nextEvent();
    first.leave();
    await say(client, 'ann');

    const second = await client.open(`/inbox?ticket=${await ticket()}&lastEventId=${id}`);

    expect(await second.nextData(1)).toEqual(['hello']);
    expect(second.events.map(({ event }) => event)).not.toContain('gap');
  });
});

async function signIn(client: Client, user: string): Promise<string> {
  const answer = await client.open(`/session?user=${user}`, { method: 'POST' });
  return String(answer.headers['set-cookie']);
}

describe('the session that docs/security.md shows', () => {
  test('is kept in a cookie that scripts and other sites do not get', async () => {
    const { client } = await startShownProgram(DOCUMENT, 'Cookies');

    const cookie = await signIn(client, 'ann');

    expect(cookie).toMatch(/^session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  test('opens the stream of whose it is, and lets nobody in without', async () => {
    const { client } = await startShownProgram(DOCUMENT, 'Cookies');
    const [cookie] = (await signIn(client, 'ann')).split(';');

    const stream = await client.open('/inbox', { headers: { cookie: cookie! } });
    const others = [
      await client.open('/inbox'),
      await client.open('/inbox', { headers: { cookie: 'session=x' } }),
    ];

    expect(stream.status).toBe(200);
    expect(others.map(({ status }) => status)).toEqual([401, 401]);
  });

  test('works for pages of the origin that is named, and of no other', async () => {
    const { client } = await startShownProgram(DOCUMENT, 'Cookies');
    const [cookie] = (await signIn(client, 'ann')).split(';');
    const openFrom = (origin: string) => client.open('/inbox', { headers: { cookie: cookie!, origin } });

    const named = await openFrom('https://app.example.com');
    const other = await openFrom('https://evil.example');

    expect(named.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
    });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });
});

const bearing = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

describe('the tokens that docs/security.md shows', () => {
  const SECRET = 'a secret that only this test knows';

  const startFeed = () => startShown(DOCUMENT, 'Bearer tokens', { environment: { JWT_SECRET: SECRET } });

  function token({
    secret = SECRET,
    audience = 'feed',
    expires = Date.now() / 1_000 + 60,
  } = {}): Promise<string> {
    return new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('https://login.example.com')
      .setAudience(audience)
      .setSubject('ann')
      .setExpirationTime(Math.ceil(expires))
      .sign(new TextEncoder().encode(secret));
  }

  test('open a stream', async () => {
    const { client } = await startFeed();

    const stream = await client.open('/feed', bearing(await token()));

    expect(stream.status).toBe(200);
  });

  test('open none when they are of somebody else, for something else, too old, unsigned, or missing', async () => {
    const { client } = await startFeed();
    const unsigned = (await token())
      .replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url'))
      .replace(/[^.]+$/, '');
    const tokens = [
      await token({ secret: 'a secret that somebody else knows' }),
      await token({ audience: 'mail' }),
      await token({ expires: Date.now() / 1_000 - 60 }),
      unsigned,
      '',
    ];

    const answers = await Promise.all(tokens.map((each) => client.open('/feed', bearing(each))));

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  });

  test('end their stream when they do, politely', async () => {
    const { client } = await startFeed();
    const expires = Math.ceil(Date.now() / 1_000 + 2);
    const stream = await client.open('/feed', bearing(await token({ expires })));

    await stream.whole();

    expect(stream.status).toBe(200);
    expect(Date.now()).toBeGreaterThanOrEqual(expires * 1_000);
  });
});
