import { describe, expect, test } from '@jest/globals';
import { encodeEvent, SseError, type SseEvent } from 'nestjs-sse-hub';
import { encodeFields } from '../../lib/protocol/encode.js';
import { usedMemory } from '../support/heap.js';

function encoded(event: unknown): string {
  return Buffer.from(encodeEvent(event as SseEvent)).toString();
}

function refusal(event: unknown): SseError {
  try {
    encodeEvent(event as SseEvent);
  } catch (error) {
    if (error instanceof SseError) return error;
    throw error;
  }
  throw new Error('the event was not refused');
}

describe('An event on the wire', () => {
  test('has the form of the price sample', () => {
    expect(encoded({ id: '1681141432283', event: 'AAPL', data: '92.607347' })).toBe(
      'id:1681141432283\nevent:AAPL\ndata:92.607347\n\n',
    );
  });

  test('has its fields in one order: id, event, retry, comment, data', () => {
    const event = { data: 'd', comment: 'c', retry: 5, event: 'e', id: 'i' };
    expect(encoded(event)).toBe('id:i\nevent:e\nretry:5\n:c\ndata:d\n\n');
  });

  test.each([
    ['an id', { id: '7' }, 'id:7\n\n'],
    ['a name', { event: 'tick' }, 'event:tick\n\n'],
    ['a retry', { retry: 0 }, 'retry:0\n\n'],
    ['a comment', { comment: 'still here' }, ':still here\n\n'],
    ['an empty comment', { comment: '' }, ':\n\n'],
    ['empty data', { data: '' }, 'data:\n\n'],
  ])('can be %s alone', (_what, event, text) => {
    expect(encoded(event)).toBe(text);
  });

  test('has no line for fields that are undefined', () => {
    expect(
      encoded({ id: undefined, event: undefined, retry: undefined, comment: undefined, data: 'x' }),
    ).toBe('data:x\n\n');
  });

  test('has no line for an empty name, which clients take for none', () => {
    expect(encoded({ event: '', data: 'x' })).toBe('data:x\n\n');
  });

  test("takes Nest's type for its name", () => {
    expect(encoded({ type: 'tick', data: 'x' })).toBe('event:tick\ndata:x\n\n');
  });

  test.each([
    ['LF', 'one\ntwo'],
    ['CR', 'one\rtwo'],
    ['CRLF', 'one\r\ntwo'],
  ])('has a data line for each line that ends with %s', (_name, data) => {
    expect(encoded({ data })).toBe('data:one\ndata:two\n\n');
  });

  test('keeps empty lines of data', () => {
    expect(encoded({ data: '\n\r\n\r' })).toBe('data:\ndata:\ndata:\ndata:\n\n');
  });

  test('has a comment line for each line of a comment', () => {
    expect(encoded({ comment: 'one\r\ntwo\rthree\n' })).toBe(':one\n:two\n:three\n:\n\n');
  });

  test('gives a value that begins with a space one more, since clients take one off', () => {
    expect(encoded({ id: ' i', event: ' e', data: ' one\n  two\n\tthree' })).toBe(
      'id:  i\nevent:  e\ndata:  one\ndata:   two\ndata:\tthree\n\n',
    );
  });

  test('is UTF-8', () => {
    expect(encodeEvent({ data: '€' })).toEqual(Uint8Array.from(Buffer.from('data:\u20ac\n\n', 'utf8')));
  });
});

describe('The data of an event', () => {
  test.each([
    ['numbers', 92.5, '92.5'],
    ['null', null, 'null'],
    ['booleans', false, 'false'],
    [
      'objects, keys in their order',
      { Type: 'direct', From: 'kitex', a: [1] },
      '{"Type":"direct","From":"kitex","a":[1]}',
    ],
    ['dates', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['strings in objects, with their line ends escaped', { text: 'a\r\nb' }, '{"text":"a\\r\\nb"}'],
  ])('is JSON for %s', (_what, data, text) => {
    expect(encoded({ data })).toBe(`data:${text}\n\n`);
  });

  test('is a string as it is, not JSON', () => {
    expect(encoded({ data: '"quoted"' })).toBe('data:"quoted"\n\n');
  });

  test.each([0, 1, 2, 3, 0x2000, 0x2001, 100_000])('is base64 for %i bytes', (length) => {
    const data = Uint8Array.from({ length }, (_, index) => index % 251);
    expect(encoded({ data })).toBe(`data:${Buffer.from(data).toString('base64')}\n\n`);
  });

  test('is base64 for a Buffer that is a part of another', () => {
    expect(encoded({ data: Buffer.from('xabcx').subarray(1, 4) })).toBe('data:YWJj\n\n');
  });

  test('is what the serialize option makes of it, split into lines', () => {
    const { body, kind } = encodeFields({ data: 'a' }, (data) => `<${String(data)}>\n`);
    expect(body).toBe('data:<a>\ndata:\n\n');
    expect(kind).toBe('text');
  });

  test('is not given to the serialize option where there is none', () => {
    const { body } = encodeFields({ event: 'tick' }, () => 'made up');
    expect(body).toBe('event:tick\n\n');
  });
});

describe('An event is refused', () => {
  test.each([null, undefined, 'text', 5, [], {}, { data: undefined }, { id: undefined }, { event: '' }])(
    'with INVALID_EVENT where it has no field: %j',
    (event) => {
      expect(refusal(event).code).toBe('INVALID_EVENT');
    },
  );

  test('with INVALID_EVENT where it has a field that is none, and is told how to send a value', () => {
    const error = refusal({ data: 'x', price: 5 });
    expect(error.code).toBe('INVALID_EVENT');
    expect(error.message).toContain('{ data: value }');
  });

  test('with INVALID_EVENT where event and type differ', () => {
    expect(refusal({ event: 'a', type: 'b' }).code).toBe('INVALID_EVENT');
  });

  test.each(['', 'a\0', 'a\rb', 'a\nb', '\r\n', 5, null, {}])('with INVALID_ID for the id %j', (id) => {
    expect(refusal({ id, data: 'x' }).code).toBe('INVALID_ID');
  });

  test.each(['a\rb', 'a\nb', '\n', 5, null, {}])('with INVALID_EVENT_NAME for the name %j', (event) => {
    expect(refusal({ event, data: 'x' }).code).toBe('INVALID_EVENT_NAME');
    expect(refusal({ type: event, data: 'x' }).code).toBe('INVALID_EVENT_NAME');
  });

  test.each([-1, 0.5, Number.NaN, Infinity, 2 ** 53, '5', null])(
    'with INVALID_RETRY for the retry %p',
    (retry) => {
      expect(refusal({ retry }).code).toBe('INVALID_RETRY');
    },
  );

  test.each([5, null, {}])('with INVALID_COMMENT for the comment %j', (comment) => {
    expect(refusal({ comment }).code).toBe('INVALID_COMMENT');
  });

  test('with INVALID_DATA and the cause where JSON cannot hold its data', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const data of [cycle, 5n, { deep: [5n] }]) {
      const error = refusal({ data });
      expect(error.code).toBe('INVALID_DATA');
      expect(error.cause).toBeInstanceOf(TypeError);
    }
  });

  test('with INVALID_DATA where JSON has no word for its data', () => {
    for (const data of [() => 1, Symbol('s'), { toJSON: () => undefined }])
      expect(refusal({ data }).code).toBe('INVALID_DATA');
  });

  test('with INVALID_DATA and the cause where the serialize option throws', () => {
    const cause = new Error('mine');
    const encode = () =>
      encodeFields({ data: 1 }, () => {
        throw cause;
      });
    expect(encode).toThrow(expect.objectContaining({ code: 'INVALID_DATA', cause }));
  });

  test('with INVALID_DATA where the serialize option returns no string', () => {
    expect(() => encodeFields({ data: 1 }, () => 5 as unknown as string)).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA' }),
    );
  });

  test('with a message that shows what was given, cut short', () => {
    const { message } = refusal({ id: `${'x'.repeat(10_000)}\n` });
    expect(message).toContain('xxx');
    expect(message.length).toBeLessThan(300);
  });
});

describe('What is kept of the names of events', () => {
  const MIB = 1024 * 1024;

  /** A large text that nothing else holds, and no part of another. */
  const large = (n: number) => Buffer.alloc(MIB, `name ${n} `).toString('latin1');

  test.each<[string, (n: number) => string]>([
    ['that are long', large],
    ['that are cut out of a long text', (n) => large(n).slice(0, 50)],
  ])('is little, also of those %s', (_which, nameOf) => {
    // What is kept of before is small, then.
    for (let n = 0; n < 200; n++) encodeFields({ event: `${n}` });
    const before = usedMemory();
    for (let n = 0; n < 90; n++)
      expect(encodeFields({ event: nameOf(n) }).body.startsWith(`event:name ${n} `)).toBe(true);
    expect(usedMemory() - before).toBeLessThan(8 * MIB);
  });

  test('changes nothing in what a name is encoded as, however often and however many there are', () => {
    for (let round = 0; round < 2; round++)
      for (let n = 0; n < 250; n++) {
        const name = `${' '.repeat(n % 2)}${n}${'x'.repeat(n)}`;
        const text = n % 2 === 1 ? ` ${name}` : name;
        expect(encoded({ event: name, data: 'd' })).toBe(`event:${text}\ndata:d\n\n`);
      }
  });
});
