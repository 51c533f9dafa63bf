import { describe, expect, jest, test } from '@jest/globals';
import { memoryLog, SseHub, type ConnectionEvent } from 'nestjs-sse-hub';
import { serveHub, topicsOf } from '../support/served-hub.js';

function throwStrangely(): never {
  throw Object.create(null);
}

describe('One failing stream', () => {
  test('does not keep the others of its delivery from what is new, even where reporting it fails as well', async () => {
    const { hub, open } = await serveHub({ onError: throwStrangely }, (served, request) => ({
      stream: served.stream('a', {
        filter: () => {
          if (topicsOf(request)[0] === 'fails') throw new Error('filter');
          return true;
        },
      }),
    }));
    const failing = await open('/?topic=fails');
    const good = await open('/?topic=works');
    await hub.publish('a', { data: '1' });
    expect(await failing.ended).toBe('complete');
    await hub.publish('a', { data: '2' });
    expect(await good.nextData(2)).toEqual(['1', '2']);
  });

  test('whose response throws when it is written to ends alone', async () => {
    const { hub, open, nextDisconnect, errors } = await serveHub({}, (served, request, response) => {
      if (topicsOf(request)[0] === 'fails') {
        const write = response.write.bind(response);
        let writes = 0;
        response.write = ((...args: Parameters<typeof write>) => {
          if (++writes > 1) throw new Error('patched');
          return write(...args);
        }) as typeof response.write;
      }
      return { stream: served.stream('a') };
    });
    await open('/?topic=fails');
    const good = await open('/?topic=works');
    await hub.publish('a', { data: '1' });
    expect((await good.nextEvent()).data).toBe('1');
    expect((await nextDisconnect()).reason).toBe('error');
    expect(errors).toEqual([new Error('patched')]);
  });
});

test.each([
  ['written to', 'write'],
  ['ended', 'end'],
] as const)(
  'A response that throws when it is first %s takes nothing else with it',
  async (_when, method) => {
    const { hub, open, connection, errors } = await serveHub({}, (served, request, response) => {
      if (topicsOf(request)[0] === 'fails') {
        response[method] = () => {
          response.socket!.destroy();
          throw new Error('patched');
        };
      }
      return { stream: served.stream('a') };
    });
    const good = await open('/?topic=works');
    const failing = open('/?topic=fails').then(
      (stream) => {
        connection().close();
        return stream.ended;
      },
      // The head leaves with the first block, or not at all.
      () => 'cut',
    );
    expect(await failing).toBe('cut');
    await hub.publish('a', { data: '1' });
    expect((await good.nextEvent()).data).toBe('1');
    expect(hub.connectionCount).toBe(1);
    expect(errors.length).toBe(method === 'write' ? 1 : 0);
  },
);

test('A log that is still opening, and may never be open, is closed at once', async () => {
  const log = memoryLog();
  log.open = (() => new Promise(() => undefined)) as never;
  const close = jest.spyOn(log, 'close');
  const errors: unknown[] = [];
  await new SseHub({ log, onError: (error) => errors.push(error) }).close();
  expect(close).toHaveBeenCalledTimes(1);
  expect(errors).toEqual([]);
});

test('A long history that a filter hides is read a piece a turn', async () => {
  const log = memoryLog({ retention: { count: Infinity, bytes: Infinity } });
  const read = log.read.bind(log);
  let turn = 0;
  const turns: number[] = [];
  log.read = (query) => {
    turns.push(turn);
    return read(query);
  };
  const { hub, open } = await serveHub({ log }, (served) => ({
    stream: served.stream('a', { filter: ({ data }) => data === 'last', start: 'earliest' }),
  }));
  for (let index = 0; index < 100; index++) await hub.publish('a', { data: 'x'.repeat(16 * 1024) });
  await hub.publish('a', { data: 'last' });
  const counting = new AbortController();
  const count = () => {
    turn++;
    if (!counting.signal.aborted) setImmediate(count);
  };
  count();
  expect((await (await open('/')).nextEvent()).data).toBe('last');
  counting.abort();
  expect(turns.length).toBeGreaterThan(20);
  expect(turns.filter((at, index) => at === turns[index + 2])).toEqual([]);
});

describe('The position that a stream is said to have', () => {
  test('is before the event at which its filter failed', async () => {
    const { hub, open, nextDisconnect } = await serveHub({}, (served) => ({
      stream: served.stream('a', {
        filter: ({ data }) => {
          if (data === 'bad') throw new Error('filter');
          return true;
        },
      }),
    }));
    const stream = await open('/');
    const { id } = await hub.publish('a', { data: 'good' });
    await stream.nextEvent();
    await hub.publish('a', { data: 'bad' });
    expect((await nextDisconnect()).connection.position).toBe(id);
  });

  test('is that of what was on its way to it, where it is ended in the middle of a delivery', async () => {
    const { hub, open } = await serveHub({}, (served, request) => ({
      stream: served.stream('a', {
        user: topicsOf(request)[0],
        filter: ({ data }) => {
          if (data === 'trigger' && topicsOf(request)[0] === 'first') throw new Error('filter');
          return true;
        },
      }),
    }));
    const ended: (ConnectionEvent & { type: 'disconnect' })[] = [];
    hub.connections$.subscribe((event) => {
      if (event.type !== 'disconnect') return;
      ended.push(event);
      if (event.connection.user === 'first') void hub.disconnect('second');
    });
    const before = await hub.publish('a', { data: 'before' });
    await open('/?topic=first');
    const second = await open('/?topic=second');
    const trigger = await hub.publish('a', { data: 'trigger' });
    await second.ended;
    expect(second.events.map(({ data }) => data)).toEqual(['trigger']);
    expect(ended.map(({ connection }) => connection.position)).toEqual([before.id, trigger.id]);
  });

  test('is not known while its snapshot is being sent', async () => {
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const { hub, open, connection } = await serveHub({}, (served) => ({
      stream: served.stream('a', {
        async *initial() {
          yield { data: 'part 1' };
          await finished;
          yield { data: 'part 2' };
        },
      }),
    }));
    const { id } = await hub.publish('a', { data: 'before' });
    const stream = await open('/');
    await stream.nextEvent();
    expect(connection().position).toBeUndefined();
    finish();
    await stream.untilText(`id:${id}\n\n`);
    expect(connection().position).toBe(id);
  });
});

test('An observer of delays that throws takes no event from anybody', async () => {
  const { hub, open, errors } = await serveHub({}, (served, request) => ({
    stream: served.stream(topicsOf(request)),
  }));
  hub.observeDelay(() => {
    throw new Error('meter');
  });
  const topics = ['a', 'b', 'c'];
  const streams = await Promise.all(topics.map((topic) => open(`/?topic=${topic}`)));
  for (const data of ['1', '2']) {
    for (const topic of topics) void hub.publish(topic, { data });
    for (const stream of streams) expect((await stream.nextEvent()).data).toBe(data);
  }
  expect(errors).toContainEqual(new Error('meter'));
});
