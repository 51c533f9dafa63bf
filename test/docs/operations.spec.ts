import { expect, test } from '@jest/globals';
import { startShown } from '../support/shown-application.js';

const UP = { sse: { status: 'up', streams: 0, draining: false } };

test('the health checks that docs/operations.md shows tell that the node is up', async () => {
  const { client } = await startShown('docs/operations.md', 'Health', { index: 0 });

  for (const path of ['/health/live', '/health/ready']) {
    const answer = await client.open(path);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(UP);
  }
});

test('the health check with Terminus that docs/operations.md shows tells that the node is up', async () => {
  const { client } = await startShown('docs/operations.md', 'Health', { index: 1 });

  const answer = await client.open('/health/ready');

  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ status: 'ok', details: UP });
});
