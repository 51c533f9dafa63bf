import { describe, expect, test } from '@jest/globals';
import { memoryLog, type MemoryLogOptions } from 'nestjs-sse-hub';

function assertRefused(options: unknown, message: string): void {
  expect(() => memoryLog(options as MemoryLogOptions)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
  );
}

describe("The memory log's options", () => {
  test('can be left out', () => {
    expect(() => memoryLog()).not.toThrow();
    expect(() =>
      memoryLog({ retention: undefined, topics: undefined, totalBytes: undefined, userBytes: undefined }),
    ).not.toThrow();
  });

  test('can be Infinity', () => {
    const retention = { count: Infinity, age: Infinity, bytes: Infinity };
    expect(() => memoryLog({ retention, totalBytes: Infinity, userBytes: Infinity })).not.toThrow();
  });

  test.each([null, 5, 'all', []])('are an object, not %j', (options) => {
    expect.hasAssertions();
    assertRefused(options, 'memoryLog takes an object with retention, topics, totalBytes, userBytes');
  });

  test('are refused where one is misspelt', () => {
    expect.hasAssertions();
    assertRefused({ count: 5 }, "memoryLog has no option 'count'; it has retention");
    assertRefused({ retention: { counts: 5 } }, "retention has no option 'counts'; it has count, age, bytes");
    assertRefused(
      { topics: [{ topic: 'a', ages: 5 }] },
      "no option 'ages'; it has topic, prefix, count, age, bytes",
    );
  });

  test.each([Number.NaN, -1, 0.5, '5', null, true, {}])('refuse %p as a limit', (limit) => {
    expect.hasAssertions();
    assertRefused({ totalBytes: limit }, 'totalBytes must be an integer of at least 0 or Infinity');
    assertRefused({ userBytes: limit }, 'userBytes must be');
    assertRefused({ retention: { count: limit } }, 'retention.count must be');
    assertRefused(
      { retention: { age: limit } },
      'retention.age must be an integer of at least 1 or Infinity',
    );
    assertRefused({ retention: { bytes: limit } }, 'retention.bytes must be');
    assertRefused({ topics: [{ prefix: 'a', count: limit }] }, 'topics.count must be');
  });

  test('refuse an age of 0: to keep nothing, the count is 0', () => {
    expect.hasAssertions();
    assertRefused({ retention: { age: 0 } }, 'retention.age');
  });

  test.each([null, 5, []])('refuse a retention that is no object: %j', (retention) => {
    expect.hasAssertions();
    assertRefused({ retention }, 'retention takes an object');
  });

  test.each([null, 'prices', { topic: 'a' }])('refuse topics that are no array: %j', (topics) => {
    expect.hasAssertions();
    assertRefused({ topics }, 'topics must be an array');
  });

  test.each([{}, { count: 5 }, { topic: '' }, { prefix: '' }, { topic: 5 }, { topic: 'a', prefix: 'b' }])(
    'refuse a retention of its own that names not one topic or prefix: %j',
    (topic) => {
      expect.hasAssertions();
      assertRefused({ topics: [topic] }, 'either a topic or a prefix');
    },
  );

  test.each([null, 'prices', 5])('refuse a retention of its own that is no object: %j', (topic) => {
    expect.hasAssertions();
    assertRefused({ topics: [topic] }, 'each of topics takes an object');
  });
});
