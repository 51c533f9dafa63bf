import { Buffer } from 'node:buffer';
/** Bytes of a body as both writers want them: by themselves, and as a chunk of HTTP/1.1. Made once, shared by all. */
export class Chunk {
  /** Bytes of the body. */
  readonly length: number;
  /** With the size in front and the line end behind it (RFC 9112 7.1). */
  readonly framed: Uint8Array;
  #data: Uint8Array | undefined = undefined;

  private constructor(length: number, write: (into: Buffer, at: number) => void) {
    const size = `${length.toString(16)}\r\n`;
    const framed = Buffer.allocUnsafe(size.length + length + 2);
    framed.write(size, 'latin1');
    write(framed, size.length);
    framed.write('\r\n', size.length + length, 'latin1');
    this.length = length;
    this.framed = framed;
  }

  /** @param text not empty: a chunk without data would end the body */
  static of(text: string): Chunk {
    return new Chunk(Buffer.byteLength(text), (into, at) => into.write(text, at));
  }

  /** Several as one; at least one. */
  static join(chunks: readonly Chunk[]): Chunk {
    if (chunks.length === 1) return chunks[0]!;
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return new Chunk(length, (into, at) => {
      for (const { data } of chunks) {
        into.set(data, at);
        at += data.length;
      }
    });
  }

  /** Without the framing. */
  get data(): Uint8Array {
    this.#data ??= this.framed.subarray(this.framed.length - 2 - this.length, -2);
    return this.#data;
  }
}
