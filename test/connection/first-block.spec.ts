import { describe, expect, test } from '@jest/globals';
import { serveHub } from '../support/served-hub.js';

describe('the first block of a stream', () => {
  test('carries the position, and the reconnection time where one is set', async () => {
    const { hub, open } = await serveHub({ retry: 3_000 }, (served) => ({ stream: served.stream('a') }));
    const { id } = await hub.publish('a', { data: 'before' });
    const stream = await open('/');
    await stream.untilText('\n\n');
    expect(stream.text).toBe(`retry:3000\nid:${id}\n\n`);
  });

  test('carries the reconnection time also where nothing else is due', async () => {
    const { open } = await serveHub({}, () => ({ retry: 0 }));
    const stream = await open('/');
    await stream.untilText('\n\n');
    expect(stream.text).toBe('retry:0\n\n');
  });
});
