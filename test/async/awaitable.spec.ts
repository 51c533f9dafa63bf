import { describe, expect, test } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import { andThen, isPromiseLike } from '../../lib/async/awaitable.js';

// oxlint-disable-next-line unicorn/no-thenable -- as promises of libraries are
const thenable = { then: (resolve: (value: number) => void) => resolve(1) } as Promise<number>;
const ofAnotherRealm = runInNewContext('Promise.resolve(1)') as Promise<number>;

describe('A value that may be a promise', () => {
  test.each([
    ['a promise', Promise.resolve(1)],
    ["another realm's promise", ofAnotherRealm],
    ['an object with a method then', thenable],
  ])('is waited for where it is %s', async (_what, value) => {
    expect(isPromiseLike(value)).toBe(true);
    const next = andThen(value, (it) => it + 1);
    expect(next).toBeInstanceOf(Promise);
    expect(await next).toBe(2);
  });

  test.each([[undefined], [null], [0], ['then'], [{}], [[]], [() => 1]])(
    'is gone on with at once where it is none: %p',
    (value) => {
      expect(isPromiseLike(value)).toBe(false);
      expect(andThen(value, (it) => [it])).toEqual([value]);
    },
  );
});
