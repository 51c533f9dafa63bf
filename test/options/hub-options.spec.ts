import { describe, expect, test } from '@jest/globals';
import { SseError, SseHub, type LimitOptions, type SseHubOptions } from 'nestjs-sse-hub';
import { TopicRules } from '../../lib/options/topic-rules.js';
import { resolveHubOptions } from '../../lib/options/hub-options.js';
import { resolveStreamOptions, type StreamOptions } from '../../lib/options/stream-options.js';

function refusal(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof SseError && error.code === 'INVALID_OPTION') return error.message;
    throw error;
  }
  throw new Error('the option was not refused');
}

function heartbeat(given: unknown, base?: StreamOptions) {
  const options = { heartbeat: given } as StreamOptions;
  return resolveStreamOptions(options, base && resolveStreamOptions(base)).heartbeat;
}

const NO_INTEGERS = [Number.NaN, -1, 0.5, '5', null, true, {}, 2 ** 53];

describe("The hub's options", () => {
  test('are all optional, with the documented defaults', () => {
    expect(resolveHubOptions({})).toEqual({
      stream: {
        retry: 3_000,
        heartbeat: { interval: 15_000, comment: '', position: true, event: undefined },
        headAfter: 'open',
        headTimeout: 10_000,
        maxSendQueue: 1_048_576,
        stallTimeout: 60_000,
      },
      gapEvent: 'gap',
      serialize: undefined,
      flushIntervals: new TopicRules(0),
      rawWrites: true,
      limits: {
        connections: Infinity,
        connectionsPerUser: Infinity,
        connectionsPerAddress: Infinity,
        topicsPerStream: 100,
        topicLength: 256,
        lastEventIdLength: 256,
        eventBytes: 1_048_576,
        newTopicsPerSecond: 100,
        concurrentReads: 32,
      },
      overload: 'retry',
      overloadRetry: { min: 5_000, max: 15_000 },
      drainWindow: 2_000,
      drainRetry: { min: 1_000, max: 5_000 },
      drainTimeout: 5_000,
      onError: expect.any(Function),
    });
  });

  test('have their defaults where they are undefined', () => {
    const { onError, ...given } = resolveHubOptions({
      retry: undefined,
      heartbeat: undefined,
      headAfter: undefined,
      headTimeout: undefined,
      maxSendQueue: undefined,
      stallTimeout: undefined,
      limits: undefined,
      overload: undefined,
      overloadRetry: undefined,
      drainWindow: undefined,
      drainRetry: undefined,
      gapEvent: undefined,
      serialize: undefined,
      drainTimeout: undefined,
      onError: undefined,
    });
    const { onError: defaultOnError, ...defaults } = resolveHubOptions({});
    expect(given).toEqual(defaults);
    expect(onError).toBe(defaultOnError);
  });

  test('are taken as they are given', () => {
    const options = {
      gapEvent: 'lücke',
      serialize: String,
      overload: 'status',
      overloadRetry: { min: 0, max: 1 },
      drainWindow: 0,
      drainRetry: { min: 2, max: 2 },
      drainTimeout: 0,
      onError: console.log,
    } as const;
    expect(resolveHubOptions(options)).toMatchObject(options);
  });

  test.each([null, 5, 'retry', [], () => 1])('are an object, not %p', (options) => {
    expect(refusal(() => new SseHub(options as SseHubOptions))).toContain('takes an object with retry');
  });

  test('are refused where one is misspelt, with a message that lists those that there are', () => {
    const message = refusal(() => new SseHub({ retyr: 5 } as SseHubOptions));
    expect(message).toContain("'retyr'");
    for (const name of ['retry', 'heartbeat', 'headAfter', 'gapEvent', 'serialize', 'drainTimeout', 'log'])
      expect(message).toContain(name);
  });

  test.each(['', 'a\nb', 'a\rb', 5, null])('refuse the gapEvent %j', (gapEvent) => {
    expect(refusal(() => resolveHubOptions({ gapEvent } as SseHubOptions))).toMatch(/^gapEvent must be/);
  });

  test.each(['serialize', 'onError'])('refuse a %s that is no function', (name) => {
    for (const value of ['', 0, false, null, 'text', {}])
      expect(refusal(() => resolveHubOptions({ [name]: value }))).toMatch(`${name} must be a function`);
  });

  test.each([...NO_INTEGERS, Infinity])('refuse the drainTimeout %p', (drainTimeout) => {
    expect(refusal(() => resolveHubOptions({ drainTimeout } as SseHubOptions))).toMatch(
      /^drainTimeout must be/,
    );
  });
});

describe('The drain window', () => {
  test('is half of a short drainTimeout where it is not given', () => {
    expect(resolveHubOptions({ drainTimeout: 1_001 }).drainWindow).toBe(500);
    expect(resolveHubOptions({ drainTimeout: 60_000 }).drainWindow).toBe(2_000);
  });

  test('is refused where it is longer than the drainTimeout', () => {
    expect(refusal(() => resolveHubOptions({ drainWindow: 5_001 }))).toBe(
      'drainWindow must not be longer than drainTimeout (5000 ms), which ends it, but is 5001 ms',
    );
  });
});

describe('A range of delays', () => {
  test.each([
    [5, 'takes an object with min, max'],
    [{ min: 1 }, 'drainRetry.max must be'],
    [{ min: -1, max: 1 }, 'drainRetry.min must be'],
    [{ min: 2, max: 1 }, 'drainRetry.max must be an integer of at least 2'],
    [{ min: 1, max: 2 ** 31 }, '2147483647'],
    [{ min: 1, max: 2, mean: 1 }, "'mean'"],
  ])('is refused as %j', (drainRetry, message) => {
    expect(refusal(() => resolveHubOptions({ drainRetry } as SseHubOptions))).toContain(message);
  });
});

describe('The limits', () => {
  const NAMES = Object.keys(resolveHubOptions({}).limits);

  test.each(NAMES)('take an integer or Infinity as %s', (name) => {
    for (const limit of [21, 70, Infinity])
      expect(resolveHubOptions({ limits: { [name]: limit } }).limits).toMatchObject({ [name]: limit });
    for (const limit of [...NO_INTEGERS, 0])
      expect(refusal(() => resolveHubOptions({ limits: { [name]: limit } }))).toMatch(
        new RegExp(`limits.${name} must be an integer of at least (1|21) or Infinity`),
      );
  });

  test('are refused where one is misspelt', () => {
    const limits = { conections: 5 } as LimitOptions;
    expect(refusal(() => resolveHubOptions({ limits }))).toContain("limits has no option 'conections'");
  });
});

describe("A stream's options", () => {
  test.each([...NO_INTEGERS, Infinity])('refuse the retry %p', (retry) => {
    expect(refusal(() => resolveStreamOptions({ retry } as StreamOptions))).toMatch(
      /^retry must be an integer/,
    );
  });

  test.each([...NO_INTEGERS, Infinity, 0])('refuse the headTimeout %p', (headTimeout) => {
    expect(refusal(() => resolveStreamOptions({ headTimeout } as StreamOptions))).toMatch(
      /^headTimeout must be/,
    );
  });

  test.each([...NO_INTEGERS, Infinity, 0])('refuse the maxSendQueue %p', (maxSendQueue) => {
    expect(refusal(() => resolveStreamOptions({ maxSendQueue } as StreamOptions))).toMatch(
      /^maxSendQueue must be/,
    );
  });

  test('refuse a delay that is longer than a timer takes, which would fire at once', () => {
    expect(resolveStreamOptions({ headTimeout: 2 ** 31 - 1 }).headTimeout).toBe(2 ** 31 - 1);
    expect(refusal(() => resolveStreamOptions({ headTimeout: 2 ** 31 }))).toContain('2147483647');
    expect(refusal(() => resolveHubOptions({ drainTimeout: 2 ** 31 }))).toContain('2147483647');
  });

  test.each([...NO_INTEGERS, Infinity])('refuse the stallTimeout %p', (stallTimeout) => {
    expect(refusal(() => resolveStreamOptions({ stallTimeout } as StreamOptions))).toMatch(
      /^stallTimeout must be/,
    );
  });

  test('can do without a reconnection time', () => {
    expect(resolveStreamOptions({ retry: false }).retry).toBe(false);
  });

  test.each(['close', '', null, 5])('refuse the headAfter %j, and name those that there are', (headAfter) => {
    const message = refusal(() => resolveStreamOptions({ headAfter } as StreamOptions));
    expect(message).toContain("'open', 'first-event'");
  });

  test("are those of the hub where the stream's are left out", () => {
    const { stream } = resolveHubOptions({
      retry: 5,
      headAfter: 'first-event',
      headTimeout: 6,
      maxSendQueue: 7,
      stallTimeout: 9,
      heartbeat: { interval: 8, comment: 'c', position: false, event: 'e' },
    });
    expect(resolveStreamOptions({}, stream)).toEqual(stream);
    expect(resolveStreamOptions({ retry: 0 }, stream)).toEqual({ ...stream, retry: 0 });
  });
});

describe('The heartbeat', () => {
  test('is off where it is false', () => {
    expect(heartbeat(false).interval).toBe(0);
  });

  test('is on again for a stream that says so, though the hub has none', () => {
    expect(heartbeat({ interval: 1_000, position: true }, { heartbeat: false })).toEqual({
      interval: 1_000,
      comment: '',
      position: true,
      event: undefined,
    });
  });

  test("takes what it leaves out from the hub's", () => {
    expect(heartbeat({ interval: 5 }, { heartbeat: { comment: 'still here', event: 'beat' } })).toEqual({
      interval: 5,
      comment: 'still here',
      position: true,
      event: 'beat',
    });
  });

  test.each([15_000, true, 'on', null, []])('is an object or false, not %j', (given) => {
    expect(refusal(() => heartbeat(given))).toContain('heartbeat takes an object with interval');
  });

  test('is refused where one of its options is misspelt', () => {
    expect(refusal(() => heartbeat({ intervall: 5 }))).toBe(
      "heartbeat has no option 'intervall'; it has interval, comment, position, event",
    );
  });

  test.each([...NO_INTEGERS, Infinity])('refuses the interval %p', (interval) => {
    expect(refusal(() => heartbeat({ interval }))).toMatch(/^heartbeat.interval must be an integer/);
  });

  test.each(['a\nb', 'a\r', 5, null])('refuses the comment %j', (comment) => {
    expect(refusal(() => heartbeat({ comment }))).toMatch(/^heartbeat.comment must be/);
  });

  test.each([1, 'yes', null])('refuses the position %j', (position) => {
    expect(refusal(() => heartbeat({ position }))).toMatch(/^heartbeat.position must be true or false/);
  });

  test.each(['', 'a\nb', 5, null])('refuses the event %j', (event) => {
    expect(refusal(() => heartbeat({ event }))).toMatch(/^heartbeat.event must be an event name/);
  });
});
