import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { HeartbeatWheel, TICK_MS, ticks, type WheelMember } from '../../lib/connection/heartbeat.js';

/** Notes when it is called, and answers with what it is told to. */
class Member implements WheelMember {
  readonly calls: number[] = [];

  constructor(readonly answer: (tick: number) => number = () => 0) {}

  onTick(tick: number): number {
    this.calls.push(tick);
    return this.answer(tick);
  }
}

const every = (interval: number) => new Member((tick) => tick + interval);

function pass(count: number): void {
  jest.advanceTimersByTime(count * TICK_MS);
}

describe('The heartbeat wheel', () => {
  let wheel: HeartbeatWheel;

  beforeEach(() => {
    jest.useFakeTimers();
    wheel = new HeartbeatWheel();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('needs no timer while it is empty', () => {
    expect(jest.getTimerCount()).toBe(0);
  });

  test('needs one timer, however many members it has', () => {
    for (let n = 1; n <= 1_000; n++) wheel.add(every(n), n);
    expect(jest.getTimerCount()).toBe(1);
    pass(500);
    expect(jest.getTimerCount()).toBe(1);
  });

  test('calls a member at its tick', () => {
    const member = new Member();
    const due = wheel.add(member, wheel.tick + 5);
    pass(4);
    expect(member.calls).toEqual([]);
    pass(1);
    expect(member.calls).toEqual([due]);
  });

  test('calls a member at the next tick where its own has passed', () => {
    const member = new Member();
    pass(10);
    const due = wheel.add(member, 1);
    expect(due).toBe(wheel.tick + 1);
    pass(1);
    expect(member.calls).toEqual([due]);
  });

  test('visits an idle member once an interval', () => {
    const member = every(150);
    wheel.add(member, wheel.tick + 150);
    pass(1_500);
    expect(member.calls).toHaveLength(10);
  });

  test('visits a member with traffic no more often than an idle one', () => {
    let lastTraffic = 0;
    const member = new Member(() => lastTraffic + 150);
    wheel.add(member, wheel.tick + 150);
    for (let tick = 0; tick < 1_500; tick++) {
      lastTraffic = wheel.tick;
      pass(1);
    }
    expect(member.calls.length).toBeLessThanOrEqual(11);
  });

  test('lets go of a member that answers with 0, and of its timer with the last', () => {
    const member = new Member();
    wheel.add(member, wheel.tick + 1);
    pass(1);
    expect(jest.getTimerCount()).toBe(0);
    pass(1_000);
    expect(member.calls).toHaveLength(1);
  });

  test('does not call a member that was deleted', () => {
    const member = new Member();
    wheel.delete(member, wheel.add(member, wheel.tick + 5));
    expect(jest.getTimerCount()).toBe(0);
    pass(10);
    expect(member.calls).toEqual([]);
  });

  test('does not call a member that another one deletes in the same turn', () => {
    const second = every(1);
    const first = new Member(() => {
      wheel.delete(second, wheel.tick);
      return 0;
    });
    wheel.add(first, wheel.tick + 1);
    wheel.add(second, wheel.tick + 1);
    pass(10);
    expect(second.calls).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('calls a member that is moved in a turn at its new tick only', () => {
    const second = new Member();
    const first = new Member((tick) => {
      wheel.delete(second, tick);
      wheel.add(second, tick + 5);
      return 0;
    });
    const due = wheel.tick + 1;
    wheel.add(first, due);
    wheel.add(second, due);
    pass(10);
    expect(second.calls).toEqual([due + 5]);
  });

  test('calls a member that is added in a turn at the next tick at the earliest', () => {
    const added = new Member();
    const member = new Member((tick) => {
      wheel.add(added, tick);
      return 0;
    });
    const due = wheel.add(member, wheel.tick + 1);
    pass(2);
    expect(added.calls).toEqual([due + 1]);
  });

  test('takes the deletion of a member that it does not have', () => {
    const member = new Member();
    wheel.add(member, wheel.tick + 2);
    wheel.delete(member, wheel.tick + 1);
    wheel.delete(new Member(), wheel.tick + 2);
    pass(2);
    expect(member.calls).toHaveLength(1);
  });

  test('begins anew after it was empty', () => {
    wheel.add(new Member(), wheel.tick + 1);
    pass(5);
    const member = new Member();
    wheel.add(member, wheel.tick + 2);
    pass(2);
    expect(member.calls).toHaveLength(1);
  });

  test('rounds milliseconds up to its ticks', () => {
    expect([0, 1, 100, 101, 15_000].map(ticks)).toEqual([0, 1, 1, 2, 150]);
  });
});
