import { expect, test } from '@jest/globals';
import { Names } from '../../lib/hub/names.js';
import { resolveLimits } from '../../lib/options/limit-options.js';
import { usedMemory } from '../support/heap.js';

test('The names of topics that are kept hold nothing alive that they were cut out of', () => {
  const names = new Names(resolveLimits({}));
  const before = usedMemory();
  for (let n = 0; n < 500; n++) {
    const name = `a-name-that-is-long-enough-to-be-cut-out/${n}`;
    const message = Buffer.from(`${name} ${'x'.repeat(100_000)}`).toString('latin1');
    expect(names.someTopicKeys(message.slice(0, name.length))).toEqual([`t:${name}`]);
  }
  expect(usedMemory() - before).toBeLessThan(5_000_000);
  expect(names.someTopicKeys('a-name-that-is-long-enough-to-be-cut-out/7')).toBe(
    names.someTopicKeys('a-name-that-is-long-enough-to-be-cut-out/7'),
  );
});
