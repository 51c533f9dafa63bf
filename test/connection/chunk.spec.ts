import { describe, expect, test } from '@jest/globals';
import { Chunk } from '../../lib/connection/chunk.js';
import { unframed } from '../support/wire.js';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('A chunk', () => {
  // Around the lengths at which the size has one digit more, and from those that share a pool of Node's to large ones.
  test.each([1, 9, 10, 15, 16, 17, 255, 256, 257, 4_095, 4_096, 16_383, 16_384, 65_535, 65_536, 1_048_577])(
    'of %i bytes is framed as RFC 9112 7.1 says, with nothing in front, between or behind',
    (length) => {
      const chunk = Chunk.of('x'.repeat(length));
      const size = `${length.toString(16)}\r\n`;
      expect(chunk.length).toBe(length);
      expect(chunk.framed.length).toBe(size.length + length + 2);
      expect(text(chunk.framed.subarray(0, size.length))).toBe(size);
      expect(text(chunk.framed.subarray(-2))).toBe('\r\n');
      expect(unframed(chunk.framed)).toEqual({
        data: [Buffer.alloc(length, 'x')],
        isComplete: false,
        rest: '',
      });
    },
  );

  test('counts the bytes of its text, not the characters', () => {
    const chunk = Chunk.of('data:ä€😀\n\n');
    expect(chunk.length).toBe(16);
    expect(text(chunk.framed)).toBe('10\r\ndata:ä€😀\n\n\r\n');
  });

  test('has its bytes without the framing too', () => {
    const chunk = Chunk.of('data:ä\r\n0\r\n\r\n');
    expect(text(chunk.data)).toBe('data:ä\r\n0\r\n\r\n');
    expect(chunk.data).toHaveLength(chunk.length);
  });

  test('has its bytes once in memory, and gives everybody the same', () => {
    const chunk = Chunk.of('data:a\n\n');
    expect(chunk.data.buffer).toBe(chunk.framed.buffer);
    expect(chunk.data).toBe(chunk.data);
    expect(chunk.framed).toBe(chunk.framed);
  });

  test('has bytes of its own: what is made later does not change them', () => {
    const chunks = Array.from({ length: 2_000 }, (_, n) => Chunk.of(`data:${n}\n\n`));
    expect(chunks.map(({ data }) => text(data))).toEqual(chunks.map((_, n) => `data:${n}\n\n`));
  });
});

describe('Chunks that are joined', () => {
  test('are one, with everything in order, under one size', () => {
    const joined = Chunk.join([Chunk.of('data:a\n\n'), Chunk.of('data:ä€\n\n'), Chunk.of(':\n\n')]);
    expect(joined.length).toBe(8 + 12 + 3);
    expect(text(joined.framed)).toBe('17\r\ndata:a\n\ndata:ä€\n\n:\n\n\r\n');
    expect(text(joined.data)).toBe('data:a\n\ndata:ä€\n\n:\n\n');
  });

  test('stay what they are', () => {
    const chunks = [Chunk.of('data:a\n\n'), Chunk.of('data:b\n\n')];
    Chunk.join(chunks);
    expect(chunks.map(({ framed }) => text(framed))).toEqual(['8\r\ndata:a\n\n\r\n', '8\r\ndata:b\n\n\r\n']);
  });

  test('may have been joined before', () => {
    const inner = Chunk.join([Chunk.of('a'), Chunk.of('b')]);
    expect(text(Chunk.join([inner, Chunk.of('c'), inner]).framed)).toBe('5\r\nabcab\r\n');
  });

  test('are the chunk itself where there is one: it goes on being shared', () => {
    const chunk = Chunk.of('data:a\n\n');
    expect(Chunk.join([chunk])).toBe(chunk);
  });
});
