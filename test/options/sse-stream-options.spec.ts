import { describe, expect, test } from '@jest/globals';
import { SseStream, type SseStreamOptions } from 'nestjs-sse-hub';

describe('The options of @SseStream', () => {
  test.each([
    ['a misspelt option', { retries: 1 }, "@SseStream() has no option 'retries'"],
    [
      'a misspelt option within another',
      { heartbeat: { intervall: 1 } },
      "heartbeat has no option 'intervall'",
    ],
    ['an impossible value', { retry: -1 }, 'retry must be an integer of at least 0, but is -1'],
  ])('are refused with %s before any request comes', (_what, options, message) => {
    expect(() => SseStream('path', options as SseStreamOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
    );
  });
});
