import { expect, test } from '@jest/globals';
import { serveHub } from '../support/served-hub.js';

test('A response whose head could not be sent can be given another stream, and is counted no more', async () => {
  const served = await serveHub({ limits: { connections: 1 } }, (hub, request, response) => {
    const flush = response.flushHeaders.bind(response);
    response.flushHeaders = () => {
      throw new Error('a middleware has patched it');
    };
    const first = hub.open(request, response);
    expect(first.closeReason).toBe('error');
    response.flushHeaders = flush;
    return { stream: hub.stream('news') };
  });
  const stream = await served.open('/');
  await served.hub.publish('news', { data: 'a' });
  expect((await stream.nextEvent()).data).toBe('a');
  expect(served.errors).toMatchObject([{ message: 'a middleware has patched it' }]);
  expect(served.hub.stats()).toMatchObject({ opened: 1, refused: { connections: 0 } });
});
