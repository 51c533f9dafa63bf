import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { ConnectionEvent, SseConnection, SseHub } from 'nestjs-sse-hub';
import { Subject } from 'rxjs';
import { Departures } from '../../sample/chat/departures.js';

const FIVE_MINUTES = 5 * 60_000;

describe("the chat's memory of who has left", () => {
  let connections: Subject<ConnectionEvent>;
  let departures: Departures;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['performance', 'queueMicrotask', 'nextTick'] });
    connections = new Subject();
    departures = new Departures({ connections$: connections } as unknown as SseHub);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('ends when what someone saw is kept no longer', () => {
    visit('hertz', 'p1');
    jest.advanceTimersByTime(FIVE_MINUTES - 1);
    expect(departures.startOf('hertz')).toEqual({ start: 'p1' });

    jest.advanceTimersByTime(1);
    expect(departures.startOf('hertz')).toMatchObject({ start: 'earliest' });
  });

  test('holds a bounded number of users, those who left last', () => {
    for (let user = 0; user <= 10_000; user++) visit(`user ${user}`, `p${user}`);

    expect(departures.startOf('user 0')).toMatchObject({ start: 'earliest' });
    expect(departures.startOf('user 1')).toEqual({ start: 'p1' });
    expect(departures.startOf('user 10000')).toEqual({ start: 'p10000' });
  });

  test('takes note of named users only', () => {
    visit(undefined, 'p1');

    expect(departures.startOf('undefined')).toMatchObject({ start: 'earliest' });
  });

  function visit(user: string | undefined, position: string): void {
    const connection = { user, position } as SseConnection;
    connections.next({ type: 'connect', connection });
    connections.next({ type: 'disconnect', connection, reason: 'client', detail: undefined });
  }
});
