import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MemoryTicketStore } from '../../lib/auth/memory-ticket-store.js';

// Within a second, so that ids expire between two looks of the store.
const NOW = 1_000_300;

beforeEach(() => {
  jest.useFakeTimers({ now: NOW });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('The store of used tickets in memory', () => {
  test('tells the first use of an id from all others', () => {
    const store = new MemoryTicketStore();
    expect([store.use('a', NOW + 1_500), store.use('b', NOW + 1_500), store.use('a', NOW + 1_500)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('keeps an id until it has expired, and at most two seconds longer', () => {
    const store = new MemoryTicketStore();
    store.use('a', NOW + 10_500);
    jest.advanceTimersByTime(10_499);
    expect(store.size).toBe(1);
    jest.advanceTimersByTime(2_001);
    expect(store.size).toBe(0);
  });

  test('keeps those that expire later when others expire', () => {
    const store = new MemoryTicketStore();
    store.use('late', NOW + 60_000);
    store.use('early', NOW + 1_000);
    jest.advanceTimersByTime(3_000);
    expect(store.size).toBe(1);
    expect(store.use('late', NOW + 60_000)).toBe(false);
  });

  test('has one timer for all ids, and none when it is empty', () => {
    const store = new MemoryTicketStore();
    for (let n = 0; n < 10_000; n++) store.use(`${n}`, NOW + 1_000 + n);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(13_000);
    expect([store.size, jest.getTimerCount()]).toEqual([0, 0]);
  });

  test('does not keep the process from ending', () => {
    jest.useRealTimers();
    const before = process.getActiveResourcesInfo();
    new MemoryTicketStore().use('a', Date.now() + 60_000);
    expect(process.getActiveResourcesInfo()).toEqual(before);
  });

  test('begins anew when it has been empty', () => {
    const store = new MemoryTicketStore();
    store.use('a', NOW + 1_000);
    jest.advanceTimersByTime(5_000);
    expect(store.use('b', NOW + 6_000)).toBe(true);
    jest.advanceTimersByTime(5_000);
    expect(store.size).toBe(0);
  });

  test('refuses what it has forgotten also when the clock is set back', () => {
    const store = new MemoryTicketStore();
    store.use('a', NOW + 1_000);
    jest.advanceTimersByTime(5_000);
    jest.setSystemTime(NOW);
    expect(store.use('a', NOW + 1_000)).toBe(false);
  });
});
