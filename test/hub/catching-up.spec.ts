import { afterEach, expect, jest, test } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { memoryLog } from 'nestjs-sse-hub';
import { Turn } from '../../lib/connection/turn.js';
import { CatchingUp } from '../../lib/hub/catching-up.js';
import { serveHub } from '../support/served-hub.js';

afterEach(() => {
  jest.restoreAllMocks();
});

test('Streams that catch up take turns, as many in a turn of the event loop as it has room for', async () => {
  let clock = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => clock);
  const catchingUp = new CatchingUp(new Turn());
  const order: string[] = [];
  const stream = (name: string, pieces: number, cost: number) => {
    const it = {
      goOn: () => {
        order.push(name);
        clock += cost;
        if (--pieces > 0) catchingUp.add(it);
      },
    };
    catchingUp.add(it);
  };
  stream('a', 3, 3);
  stream('b', 2, 3);
  stream('c', 2, 3);
  stream('d', 1, 3);
  const turns: string[] = [];
  for (let turn = 0; turn < 6; turn++) {
    await nextTurn();
    turns.push(order.splice(0).join(''));
  }
  expect(turns).toEqual(['abc', 'd', 'abc', 'a', '', '']);
});

test('A stream that catches up in pieces leaves an event loop with work of its own to others', async () => {
  const pieces = 20;
  const data = 'x'.repeat(70_000);
  const log = memoryLog({ retention: { bytes: Infinity } });
  let seen = 0;
  const filter = () => ++seen > pieces - 1;
  const { hub, open } = await serveHub({ log }, (it) => ({
    stream: it.stream('a', { start: 'earliest', filter }),
  }));
  for (let n = 0; n < pieces; n++) await hub.publish('a', { data });
  const opened = open('/');
  const perTurn: number[] = [];
  while (perTurn.reduce((sum, count) => sum + count, 0) < pieces) {
    const before = seen;
    await nextTurn();
    perTurn.push(seen - before);
  }
  expect(Math.max(...perTurn)).toBe(1);
  expect((await (await opened).nextEvent()).data).toBe(data);
});
