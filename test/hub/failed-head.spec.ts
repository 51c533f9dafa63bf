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

test('A stream whose first bytes cannot be written has been opened and has ended, and holds no shutdown up', async () => {
  const served = await serveHub({ drainTimeout: 600_000 }, (hub, _request, response) => {
    response.write = () => {
      throw new Error('a middleware has patched it');
    };
    return { stream: hub.stream('news') };
  });
  const stream = await served.open('/').catch(() => undefined);
  await stream?.ended;
  expect(served.errors).toMatchObject([{ message: 'a middleware has patched it' }]);
  expect(served.hub.stats()).toMatchObject({ open: 0, opened: 1, closed: { error: 1 } });
  await served.hub.close();
});

test('An error that a request is answered with is no event stream, whatever was set before', async () => {
  const served = await serveHub({ authorize: () => false }, (hub, _request, response) => {
    response.setHeader('Content-Type', 'text/event-stream');
    response.setHeader('Cache-Control', 'private');
    return { stream: hub.stream('news') };
  });
  const refused = await served.open('/');
  expect(refused.status).toBe(403);
  expect(refused.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'private',
  });
});
