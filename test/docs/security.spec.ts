import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient, type Client } from '../support/client.js';
import { compileExamples, type CompiledExamples } from '../support/compiled-example.js';
import { codeBlock } from '../support/documents.js';

let examples: CompiledExamples;
const closings: (() => unknown)[] = [];

beforeAll(() => {
  examples = compileExamples();
});

afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

afterAll(() => {
  examples.remove();
});

/** Runs what is shown under a heading. */
async function start(heading: string): Promise<Client> {
  const process = await examples.startModule(codeBlock('docs/security.md', heading, 'ts'));
  const client = createClient(`http://127.0.0.1:${process.port}`, '1.1');
  closings.push(() => client.close(), process.stop);
  return client;
}

async function startTickets() {
  const client = await start('One-time tickets');
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
    const client = await start('Topics');

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
