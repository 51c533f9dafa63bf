import { describe, expect, test } from '@jest/globals';
import { startShown } from '../support/shown-application.js';

/** Runs what the recipe shows, in an application of its own. */
const startRecipe = (heading: string) => startShown('docs/recipes.md', heading);

describe('the recipe for tokens of a language model', () => {
  test('streams the answer, says that it is whole, and ends', async () => {
    const { client } = await startRecipe('Tokens of a language model');

    const stream = await client.open('/ask?prompt=one%20two');

    await stream.whole();
    expect(stream.events.map(({ event, data }) => [event, JSON.parse(data)])).toEqual([
      ['token', { text: ' one' }],
      ['token', { text: ' two' }],
      ['done', {}],
    ]);
  });

  test('answers with an error of HTTP when the model fails at once', async () => {
    const { client } = await startRecipe('Tokens of a language model');

    const answer = await client.open('/ask?prompt=');

    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ message: 'the model gives no answer' });
  });

  test('stops the model when the client leaves', async () => {
    const { client, process } = await startRecipe('Tokens of a language model');
    const stream = await client.open(`/ask?prompt=${'word+'.repeat(500)}`);
    await stream.nextEvent();

    stream.leave();

    await process.untilOutput(/the model was stopped/);
    expect(process.output()).not.toContain('has answered');
  });
});

describe('the recipe for the progress of a job', () => {
  test('tells who comes late everything from the beginning', async () => {
    const { client } = await startRecipe('Progress of a job');
    const started = await client.open('/jobs', { method: 'POST' });
    const { id } = (await started.json()) as { id: string };
    const early = await client.open(`/jobs/${id}/events`);
    await early.until(() => early.events.some(({ event }) => event === 'finished'));

    const late = await client.open(`/jobs/${id}/events`);
    await late.until(() => late.events.some(({ event }) => event === 'finished'));

    expect(started.status).toBe(202);
    expect(late.events.map(({ event, data }) => [event, JSON.parse(data)])).toEqual([
      ['progress', { percent: 25 }],
      ['progress', { percent: 50 }],
      ['progress', { percent: 75 }],
      ['progress', { percent: 100 }],
      ['finished', { result: 42 }],
    ]);
    expect(early.events).toEqual(late.events);
  });
});

describe('the recipe for notifications', () => {
  test('tells the user, also of what came while the page was away, and nobody else', async () => {
    const { client } = await startRecipe('Notifications');
    const open = (user: string, query = '') =>
      client.open(`/notifications${query}`, { headers: { cookie: `user=${user}` } });
    const notify = async (to: string, text: string) => {
      const answer = await client.open(`/notifications?to=${to}&text=${text}`, { method: 'POST' });
      await answer.whole();
    };
    const first = await open('ann');
    const other = await open('bob');
    await notify('ann', 'one');
    const { id } = await first.nextEvent();
    first.leave();
    await notify('ann', 'two');
    await notify('bob', 'three');

    const second = await open('ann', `?lastEventId=${id}`);

    expect(await second.nextData(1)).toEqual(['{"text":"two"}']);
    expect(await other.nextData(1)).toEqual(['{"text":"three"}']);
  });

  test('lets in nobody who is not signed in', async () => {
    const { client } = await startRecipe('Notifications');

    const answer = await client.open('/notifications');

    expect(answer.status).toBe(401);
  });
});

describe('the recipe for a snapshot that is followed', () => {
  test('sends the state and then its changes', async () => {
    const { client } = await startRecipe('Snapshot, then follow');
    const set = async (product: string, amount: number) => {
      const answer = await client.open(`/stock/${product}?amount=${amount}`, { method: 'PUT' });
      await answer.whole();
    };
    await set('apples', 3);

    const stream = await client.open('/stock');
    const snapshot = await stream.nextEvent();
    await set('pears', 2);

    expect([snapshot.event, snapshot.data]).toEqual(['all', '{"apples":3}']);
    expect(await stream.nextData(1)).toEqual(['{"product":"pears","amount":2}']);
  });
});
