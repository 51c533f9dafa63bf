import { describe, expect, test } from '@jest/globals';
import { memoryLog, SseHub, type EventLog, type HubStreamOptions, type OpenOptions } from 'nestjs-sse-hub';

const hub = new SseHub();

function assertRefused(make: () => unknown, code: string, message: string): void {
  expect(make).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
}

function refused(options: unknown, message: string, code = 'INVALID_OPTION'): void {
  assertRefused(() => hub.stream('a', options as HubStreamOptions), code, message);
}

describe('The options of hub.stream', () => {
  test('are refused where one is misspelt', () => {
    expect.hasAssertions();
    refused(
      { fliter: () => true },
      "hub.stream has no option 'fliter'; it has user, filter, start, initial, onLag",
    );
  });

  test.each([null, 5, 'tail'])('are an object, not %j', (options) => {
    expect.hasAssertions();
    refused(options, 'hub.stream takes an object');
  });

  test.each([null, '', 0, false, 'x', {}])(
    'refuse a filter and an initial that are no function: %j',
    (value) => {
      expect.hasAssertions();
      refused({ filter: value }, 'filter must be a function');
      refused({ initial: value }, 'initial must be a function');
    },
  );

  test.each([null, '', 5, {}, { last: -1 }, { last: '5' }, { last: Infinity }])(
    'refuse the start %p',
    (start) => {
      expect.hasAssertions();
      refused({ start }, 'start');
    },
  );

  test.each([null, '', 'drop', true])('refuse the onLag %j', (onLag) => {
    expect.hasAssertions();
    refused({ onLag }, "onLag must be one of 'replay', 'latest', 'disconnect'");
  });

  test.each([null, '', 5, {}])('refuse the user %j', (user) => {
    expect.hasAssertions();
    refused({ user }, 'a user is a non-empty string', 'INVALID_USER');
  });
});

describe('A hub', () => {
  test.each([null, memoryLog, 'memory', {}, { append: () => 1 }])('refuses %p as its log', (log) => {
    expect.hasAssertions();
    assertRefused(
      () => new SseHub({ log: log as unknown as EventLog }),
      'INVALID_OPTION',
      'as memoryLog() makes one',
    );
  });

  test.each([null, 'topic', ['topic'], {}])('does not open a connection with %j as its stream', (stream) => {
    expect.hasAssertions();
    const open = () => hub.open({}, {}, { stream } as unknown as OpenOptions);
    assertRefused(open, 'INVALID_OPTION', 'hub.stream(topics)');
  });
});
