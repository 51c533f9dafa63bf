import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { checkEpoch, formatPosition, newEpoch, parsePosition } from '../../lib/log/position.js';

const epoch = fc.stringMatching(/^[0-9a-z]{8}$/);

describe('A position', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(epoch, fc.nat(Number.MAX_SAFE_INTEGER), (its, offset) => {
        expect(parsePosition(formatPosition(its, offset))).toEqual({ epoch: its, offset });
      }),
    );
  });

  test('is written in one way only', () => {
    const suffix = fc.stringMatching(/^-?[0-9a-zA-Z ]{0,13}$/);
    fc.assert(
      fc.property(epoch, suffix, (its, offset) => {
        const position = parsePosition(`1${its}-${offset}`);
        fc.pre(position !== undefined);
        expect(formatPosition(position.epoch, position.offset)).toBe(`1${its}-${offset}`);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is safe in a header and in a query', () => {
    fc.assert(
      fc.property(epoch, fc.nat(Number.MAX_SAFE_INTEGER), (its, offset) => {
        expect(formatPosition(its, offset)).toMatch(/^[0-9a-z-]+$/);
      }),
    );
  });

  test.each([
    '',
    '1681141432283',
    '1abcdefgh',
    '1abcdefgh-',
    '2abcdefgh-5',
    '1abcdefg-5',
    '1abcdefghi-5',
    '1ABCDEFGH-5',
    '1abcdefgh-05',
    '1abcdefgh--5',
    '1abcdefgh-5\n',
    ' 1abcdefgh-5',
    '1abcdefgh-2gosa7pa2gw',
    '1abcdefgh-zzzzzzzzzzz',
    '1abcdefgh-zzzzzzzzzzzz',
  ])('is not what %j says', (text) => {
    expect(parsePosition(text)).toBeUndefined();
  });

  test('may be at the beginning and at the largest safe integer', () => {
    expect(parsePosition('1abcdefgh-0')).toEqual({ epoch: 'abcdefgh', offset: 0 });
    expect(parsePosition('1abcdefgh-2gosa7pa2gv')).toEqual({
      epoch: 'abcdefgh',
      offset: Number.MAX_SAFE_INTEGER,
    });
  });
});

test('An epoch is eight characters of 0-9 and a-z, and no two are the same', () => {
  const epochs = Array.from({ length: 10_000 }, newEpoch);
  expect(new Set(epochs).size).toBe(10_000);
  for (const one of epochs) expect(one).toMatch(/^[0-9a-z]{8}$/);
});

test('An epoch that positions can name is taken', () => {
  fc.assert(fc.property(epoch, (its) => expect(checkEpoch(its)).toBe(its)));
});

test.each([undefined, null, 12345678, '', 'abcdefg', 'abcdefghi', 'ABCDEFGH', 'abcdefg-', 'abcdefgh\n'])(
  'An epoch that positions cannot name is refused: %j',
  (its) => {
    expect(() => checkEpoch(its)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('epoch') }),
    );
  },
);
