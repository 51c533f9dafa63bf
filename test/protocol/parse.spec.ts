import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { EventStreamParser, type ParsedEvent } from '../../lib/protocol/parse.js';
import { decodeNaively } from '../support/naive-decoder.js';
import { publishedCases } from './published-cases.js';

interface Parsed {
  readonly events: ParsedEvent[];
  readonly retries: number[];
  readonly comments: string[];
  readonly lastEventId: string;
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Has these chunks parsed, one after the other. */
function parse(chunks: Iterable<Uint8Array>): Parsed {
  const events: ParsedEvent[] = [];
  const retries: number[] = [];
  const comments: string[] = [];
  const parser = new EventStreamParser({
    onEvent: (event) => events.push(event),
    onRetry: (retry) => retries.push(retry),
    onComment: (comment) => comments.push(comment),
  });
  for (const chunk of chunks) parser.feed(chunk);
  return { events, retries, comments, lastEventId: parser.lastEventId };
}

function* piecesOf(bytes: Uint8Array, length: number): Iterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}

function* cut(bytes: Uint8Array, lengths: readonly number[]): Iterable<Uint8Array> {
  let start = 0;
  for (const length of lengths) {
    // A copy that is overwritten: a parser that keeps a chunk's memory is found out.
    const chunk = bytes.slice(start, start + length);
    yield chunk;
    chunk.fill(120);
    start += length;
  }
  yield bytes.subarray(start);
}

const limited = (maxEventBytes: number) => {
  const events: ParsedEvent[] = [];
  return {
    events,
    parser: new EventStreamParser({ onEvent: (event) => events.push(event), maxEventBytes }),
  };
};

describe('1. Parser: the published cases', () => {
  describe.each(publishedCases)('$name', ({ stream, events, retry }) => {
    const bytes = typeof stream === 'string' ? utf8(stream) : Uint8Array.from(stream);
    const expected = events.map(({ type = 'message', data, lastEventId = '' }) => ({
      type,
      data,
      lastEventId,
    }));

    test.each([1, 2, 3, 7, bytes.length])('in chunks of %i bytes', (length) => {
      const parsed = parse(piecesOf(bytes, length));
      expect(parsed.events).toEqual(expected);
      expect(parsed.retries.at(-1)).toBe(retry);
    });
  });
});

describe('1. Parser: what comes in whatever chunks', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'data:',
      'data',
      'event:',
      'id:',
      'id',
      'retry:',
      ':',
      ' ',
      '\n',
      '\r',
      '\r\n',
      '\n\n',
      '\0',
      'data:x\n\n',
      '7',
      '\ufeff',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  );
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => utf8(pieces.join('')));
  const anyBytes = fc.uint8Array({ maxLength: 40 });
  const brokenUtf8 = fc
    .array(fc.oneof(anyBytes, text, fc.constant(utf8('data:'))), { maxLength: 8 })
    .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));
  const cuts = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 40 });

  test.each([
    ['text', text],
    ['bytes that are no UTF-8', brokenUtf8],
  ])('%s: is read as the standard says', (_what, stream) => {
    fc.assert(
      fc.property(stream, cuts, (bytes, lengths) => {
        const parsed = parse(cut(bytes, lengths));
        const { events, lastEventId, retry } = decodeNaively(bytes);
        expect(parsed.events).toEqual(events);
        expect(parsed.lastEventId).toBe(lastEventId);
        expect(parsed.retries.at(-1)).toBe(retry);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('1. Parser', () => {
  test('takes one byte order mark, at the very start only', () => {
    const { events } = parse([utf8('\ufeff'), utf8('data:1\n\n\ufeffdata:2\n\ndata:\ufeff3\n\n')]);
    expect(events.map(({ data }) => data)).toEqual(['1', '\ufeff3']);
  });

  test.each(['\r', '\n', '\r\n'])('dispatches at once on the line end that ends a block (%j)', (end) => {
    const events: ParsedEvent[] = [];
    const parser = new EventStreamParser({ onEvent: (event) => events.push(event) });
    parser.feed(utf8(`data:1${end}`));
    expect(events).toEqual([]);
    parser.feed(utf8(end[0]!));
    expect(events).toHaveLength(1);
    parser.feed(utf8(`${end.slice(1)}data:2${end}${end}`));
    expect(events.map(({ data }) => data)).toEqual(['1', '2']);
  });

  test('has an id persist, over blocks without data as well', () => {
    const parsed = parse([utf8('id:1\n\ndata:a\n\nid:2\ndata:b\n\nid:3\n\nid:4\n')]);
    expect(parsed.events.map(({ lastEventId }) => lastEventId)).toEqual(['1', '2']);
    // The block of the last one has not ended.
    expect(parsed.lastEventId).toBe('3');
  });

  test('takes a retry of digits only, however many', () => {
    const { retries } = parse([
      utf8('retry:1\nretry:-1\nretry:1.5\nretry: 2\nretry:２\nretry:99999999999\nretry\n'),
    ]);
    expect(retries).toEqual([1, 2, 99_999_999_999]);
  });

  test('tells of comments', () => {
    expect(parse([utf8(': one\n:two\n:\n\n')]).comments).toEqual(['one', 'two', '']);
  });

  test('tells the ids of blocks without data in their order among the events', () => {
    const told: string[] = [];
    const parser = new EventStreamParser({
      onEvent: ({ data, lastEventId }) => told.push(`${data} ${lastEventId}`),
      onId: (lastEventId) => told.push(lastEventId),
    });
    parser.feed(utf8('id:1\n\nid:1\n\ndata:a\n\nid:2\ndata:b\n\nid:2\n\nid\n\n\nid:3\0\n\nid:4\n'));
    expect(told).toEqual(['1', 'a 1', 'b 2', '']);
  });

  test('drops what is not complete at the end, and goes on with the last id in the next stream', () => {
    const events: ParsedEvent[] = [];
    const parser = new EventStreamParser({ onEvent: (event) => events.push(event) });
    parser.feed(utf8('id:1\ndata:a\n\nid:2\nevent:x\ndata:b\ndata:\ud83d\ude00'.slice(0, -1)));
    parser.feed(Uint8Array.of(0xf0, 0x9f));
    parser.end();
    expect(parser.lastEventId).toBe('1');
    parser.feed(utf8('\ufeffdata:c\n\n'));
    expect(events).toEqual([
      { type: 'message', data: 'a', lastEventId: '1' },
      { type: 'message', data: 'c', lastEventId: '1' },
    ]);
  });

  test('begins with the id that it is given', () => {
    const events: ParsedEvent[] = [];
    const parser = new EventStreamParser({ onEvent: (event) => events.push(event), lastEventId: '7' });
    parser.feed(utf8('data:a\n\n'));
    expect(events[0]!.lastEventId).toBe('7');
    expect(parser.lastEventId).toBe('7');
  });

  test('has what onEvent throws come out of feed', () => {
    const parser = new EventStreamParser({
      onEvent: () => {
        throw new Error('no more');
      },
    });
    expect(() => parser.feed(utf8('data:a\n\n'))).toThrow('no more');
  });

  describe('with a limit of an event', () => {
    test('counts the bytes of all fields', () => {
      const { events, parser } = limited(10);
      parser.feed(utf8('id:12\nevent:ab\ndata:äö\ndata:78\n\n'));
      expect(events).toHaveLength(1);
      expect(() => parser.feed(utf8('id:12\nevent:ab\ndata:äö\ndata:789\n\n'))).toThrow(
        expect.objectContaining({ code: 'EVENT_TOO_LARGE' }),
      );
    });

    test('does not wait for the end of a line, whatever it is', () => {
      const { parser } = limited(10);
      parser.feed(utf8('data:abcde'));
      expect(() => parser.feed(utf8('f'))).toThrow(expect.objectContaining({ code: 'EVENT_TOO_LARGE' }));
    });

    test('counts neither comments nor fields that nobody knows', () => {
      const { events, parser } = limited(10);
      for (let n = 0; n < 10; n++) parser.feed(utf8(':comment\nunknown:1\n'));
      parser.feed(utf8('data:1234567890\n\n'));
      expect(events).toHaveLength(1);
    });
  });

  // Work that grows with the square of the length would take minutes here.
  test.each([
    ['a line in many chunks', 'data:' + 'x'.repeat(2 ** 21) + '\n\n', 8],
    ['many lines of one event', 'data:x\n'.repeat(2 ** 19) + '\n', 2 ** 22],
    ['many lines that end with CR', 'data:x\r'.repeat(2 ** 20) + '\r', 2 ** 24],
    ['many lines that end with LF, and a CR far behind', 'data:x\n'.repeat(2 ** 20) + '\n\r', 2 ** 24],
  ])('takes time in proportion to the bytes: %s', (_what, stream, length) => {
    expect(parse(piecesOf(utf8(stream), length)).events).toHaveLength(1);
  });
});
