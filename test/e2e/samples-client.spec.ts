import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compileSample, type CompiledSample } from '../support/compiled-sample.js';

let compiled: CompiledSample;

beforeAll(() => {
  compiled = compileSample();
});

afterAll(() => compiled.remove());

test('two clients side by side connect, receive, and report the disconnect when the server stops', async () => {
  const app = await compiled.start();
  const clients = compiled.startClients(app.port);
  const url = `http://127.0.0.1:${app.port}/sse`;
  for (const name of ['client1', 'client2']) {
    await clients.untilOutput(new RegExp(`^${name} connect to server ${url} success with GET method$`, 'm'));
    await clients.untilOutput(new RegExp(`^${name} timestamp \\d{4}-\\d\\d-\\d\\dT\\S+$`, 'm'));
  }

  await app.stop();

  for (const name of ['client1', 'client2']) {
    await clients.untilOutput(new RegExp(`^${name} disconnect to server ${url} with GET method: \\w+$`, 'm'));
    await clients.untilOutput(new RegExp(`^${name} SseError: no further attempt after 3 attempts`, 'm'));
  }
  expect(await clients.ended).toBe(0);
});
