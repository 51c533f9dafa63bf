import { describe, expect, test } from '@jest/globals';
import { isEvent, toEvent } from '../../lib/protocol/event.js';

describe('What a source emits', () => {
  test.each([
    { data: 1 },
    { event: 'a' },
    { type: 'a', data: {} },
    { id: '1' },
    { retry: 1 },
    { comment: '' },
  ])('is an event where it has event fields and nothing else: %j', (item) => {
    expect(toEvent(item)).toBe(item);
  });

  test.each(['text', 5, null, undefined, true, [1], {}, { data: 1, other: 2 }, { price: 1 }])(
    'is the data of an event where it is anything else: %j',
    (item) => {
      expect(isEvent(item)).toBe(false);
      expect(toEvent(item)).toEqual({ data: item });
    },
  );
});
