import { describe, expect, test } from '@jest/globals';
import { memoryLog } from 'nestjs-sse-hub';
import { serveHub } from '../support/served-hub.js';

describe('initial', () => {
  test('is sent first, without an id, and everything behind its position follows', async () => {
    const { hub, open } = await serveHub({}, (served) => ({
      stream: served.stream('a', {
        initial: async (position) => {
          await served.publish('a', { data: 'while the state is read' });
          return [{ event: 'snapshot', data: position }, { data: 'more' }];
        },
      }),
    }));
    const { id } = await hub.publish('a', { data: 'part of the state' });
    const stream = await open('/');
    expect(await stream.nextEvent()).toEqual({ id: undefined, event: 'snapshot', data: id });
    expect(await stream.nextData(2)).toEqual(['more', 'while the state is read']);
    expect(stream.text).toContain(`data:more\n\nid:${id}\n\n`);
  });

  test('is not called for a client that can resume', async () => {
    const { hub, open } = await serveHub({}, (served) => ({
      stream: served.stream('a', { initial: () => ({ event: 'snapshot', data: '' }) }),
    }));
    const { id } = await hub.publish('a', { data: '1' });
    await hub.publish('a', { data: '2' });
    const stream = await open('/', { lastEventId: id });
    expect((await stream.nextEvent()).data).toBe('2');
  });

  test('is called again, after the gap, for a client that cannot resume', async () => {
    const { hub, open } = await serveHub({}, (served) => ({
      stream: served.stream('a', { initial: () => ({ event: 'snapshot', data: 'state' }) }),
    }));
    await hub.publish('a', { data: 'old' });
    const stream = await open('/', { lastEventId: 'unknown' });
    await hub.publish('a', { data: 'new' });
    expect((await stream.nextEvent()).event).toBe('gap');
    expect(stream.events[0]!.id).toBeUndefined();
    expect(await stream.nextData(2)).toEqual(['state', 'new']);
  });

  test('is called again, after the gap, for a client whose place retention has left behind', async () => {
    const { hub, open } = await serveHub({ log: memoryLog({ retention: { count: 1 } }) }, (served) => ({
      stream: served.stream('a', { initial: () => ({ event: 'snapshot', data: 'state' }) }),
    }));
    const { id } = await hub.publish('a', { data: '1' });
    await hub.publish('a', { data: '2' });
    const last = await hub.publish('a', { data: '3' });
    const stream = await open('/', { lastEventId: id });
    await stream.untilText(`id:${last.id}\n\n`);
    await hub.publish('a', { data: 'new' });
    expect((await stream.nextEvent()).event).toBe('gap');
    expect(stream.events[0]!.id).toBeUndefined();
    expect(await stream.nextData(2)).toEqual(['state', 'new']);
  });

  test.each([
    [
      'a generator',
      function* () {
        yield { data: '1' };
        yield { data: '2' };
      },
    ],
    [
      'an async generator',
      async function* () {
        yield { data: '1' };
        yield { data: '2' };
      },
    ],
  ])('may be %s', async (_what, initial) => {
    const { open } = await serveHub({}, (served) => ({ stream: served.stream('a', { initial }) }));
    expect(await (await open('/')).nextData(2)).toEqual(['1', '2']);
  });

  test('that fails after the head ends its stream', async () => {
    const { open, nextDisconnect } = await serveHub({}, (served) => ({
      stream: served.stream('a', { initial: () => Promise.reject(new Error('internal detail')) }),
    }));
    const stream = await open('/');
    expect((await stream.nextEvent()).event).toBe('error');
    expect(stream.text).not.toContain('internal detail');
    expect((await nextDisconnect()).reason).toBe('error');
  });
});
