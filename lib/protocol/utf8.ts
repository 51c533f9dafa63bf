/**
 * Decodes UTF-8 that comes in chunks which may end within a character. What is invalid becomes U+FFFD, as it does for
 * one `TextDecoder` with `stream: true`, whose way of Node is several times slower than that for whole texts.
 */
export class Utf8Decoder {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** The beginning of a character whose rest is still to come. */
  #begun: Uint8Array = NOTHING;

  decode(chunk: Uint8Array): string {
    const bytes = this.#begun.length === 0 ? chunk : joined(this.#begun, chunk);
    const end = bytes.length - begunAtEnd(bytes);
    // A copy: the chunk's memory is its owner's.
    this.#begun = end === bytes.length ? NOTHING : bytes.slice(end);
    return this.#decoder.decode(end === bytes.length ? bytes : bytes.subarray(0, end));
  }

  /** Forgets what is not whole. */
  reset(): void {
    this.#begun = NOTHING;
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether the text has half a surrogate pair: that is no character, and UTF-8 does not tell one from another. */
export function hasLoneSurrogate(text: string): boolean {
  return LONE_SURROGATE.test(text);
}

/** The bytes that a text has in UTF-8, where it has no lone surrogates. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair is two of the pair's four bytes.
    length += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return length;
}

const NOTHING = new Uint8Array(0);

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}

/** How many bytes at the end are a character's beginning that may still become one (Unicode 15, table 3-7). */
function begunAtEnd(bytes: Uint8Array): number {
  for (let count = 1; count <= 3 && count <= bytes.length; count++) {
    const byte = bytes[bytes.length - count]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const second = count > 1 ? bytes[bytes.length - count + 1] : undefined;
    return count < lengthOf(byte) && (second === undefined || mayFollow(byte, second)) ? count : 0;
  }
  return 0;
}

function lengthOf(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** Whether a continuation byte may be the second one: overlong forms, surrogates and what is above U+10FFFF are none. */
function mayFollow(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second < 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  if (lead === 0xf4) return second < 0x90;
  return true;
}
