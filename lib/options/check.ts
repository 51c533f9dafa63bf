import { shown, SseError } from '../errors/sse-error.js';

/** Throws `INVALID_OPTION` unless the value is an integer of at least `least` (or Infinity, where that makes sense). */
export function checkInteger(name: string, value: unknown, least: number, infinite = false): number {
  if (
    typeof value === 'number' &&
    value >= least &&
    (Number.isSafeInteger(value) || (infinite && value === Infinity))
  ) {
    return value;
  }
  const orInfinity = infinite ? ' or Infinity' : '';
  throw new SseError(
    'INVALID_OPTION',
    `${name} must be an integer of at least ${least}${orInfinity}, but is ${shown(value)}`,
  );
}

// What a timer takes; one that is set for longer fires at once.
const LONGEST_DELAY = 2 ** 31 - 1;

/** Throws `INVALID_OPTION` unless the value is an integer of milliseconds, at least `least`, that a timer can be set to. */
export function checkDelay(name: string, value: unknown, least: number): number {
  const delay = checkInteger(name, value, least);
  if (delay <= LONGEST_DELAY) return delay;
  throw new SseError(
    'INVALID_OPTION',
    `${name} must be at most ${LONGEST_DELAY} milliseconds, which is what a timer takes, but is ${delay}`,
  );
}

/** Milliseconds between which something happens, at random. */
export interface DelayRange {
  readonly min: number;
  readonly max: number;
}

/** Throws `INVALID_OPTION` unless the value has a `min` and a `max` that timers can be set to, in this order. */
export function checkDelayRange(name: string, value: DelayRange): DelayRange {
  checkKeys(name, value, ['min', 'max']);
  const min = checkDelay(`${name}.min`, value.min, 0);
  return { min, max: checkDelay(`${name}.max`, value.max, min) };
}

/** Throws `INVALID_OPTION` unless the value is true or false. */
export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new SseError('INVALID_OPTION', `${name} must be true or false, but is ${shown(value)}`);
}

/** Throws `INVALID_OPTION` unless the value is one of the listed words. */
export function checkOneOf<Word extends string>(name: string, value: unknown, words: readonly Word[]): Word {
  if (words.includes(value as Word)) return value as Word;
  throw new SseError(
    'INVALID_OPTION',
    `${name} must be one of ${words.map((word) => `'${word}'`).join(', ')}, but is ${shown(value)}`,
  );
}

/** Milliseconds since 1970 of a time. Throws `INVALID_OPTION` unless the value is a valid `Date` or such a number. */
export function checkTime(name: string, value: unknown): number {
  const time = value instanceof Date ? value.getTime() : value;
  if (typeof time === 'number' && !Number.isNaN(time)) return time;
  throw new SseError(
    'INVALID_OPTION',
    `${name} must be a Date or milliseconds since 1970, but is ${shown(value)}`,
  );
}

/** Throws `INVALID_OPTION` unless the value is a function. */
export function checkFunction<F>(name: string, value: F): F {
  if (typeof value === 'function') return value;
  throw new SseError('INVALID_OPTION', `${name} must be a function, but is ${shown(value)}`);
}

/** Throws `INVALID_OPTION` unless the options are an object all of whose keys are known: a misspelt option is never ignored. */
export function checkKeys(name: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new SseError(
      'INVALID_OPTION',
      `${name} takes an object with ${known.join(', ')}, but is given ${shown(options)}`,
    );
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new SseError('INVALID_OPTION', `${name} has no option '${key}'; it has ${known.join(', ')}`);
  }
}

/** Throws `INVALID_OPTION` unless the value can be the name of an event: a string with neither CR nor LF, and not empty. */
export function checkEventName(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '' && !/[\r\n]/.test(value)) return value;
  throw new SseError(
    'INVALID_OPTION',
    `${name} must be an event name: a non-empty string without CR or LF, but is ${shown(value)}`,
  );
}
