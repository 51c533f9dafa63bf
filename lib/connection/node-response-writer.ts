import { constants } from 'node:http2';
import type { Chunk } from './chunk.js';
import { isHttp2, type NodeResponse } from './node-response.js';
import type { ResponseWriter } from './response-writer.js';

/** The default writer: `response.write`, on HTTP/1.1 and on HTTP/2. */
export class NodeResponseWriter implements ResponseWriter {
  constructor(protected readonly response: NodeResponse) {}

  get pending(): number {
    return isHttp2(this.response)
      ? (this.response.stream?.writableLength ?? 0)
      : this.response.writableLength;
  }

  /** Whether it has an end, perhaps one that the application has made: its socket is the next response's then. */
  protected get isEnded(): boolean {
    return this.response.writableEnded;
  }

  // A response of HTTP/2 tells of its end too late, and destroys itself over what is written behind that.
  write(chunk: Chunk): boolean {
    return !this.isEnded && (this.response as { write(bytes: Uint8Array): boolean }).write(chunk.data);
  }

  // The carrier's, not the response's: that one would send each write by itself when it is uncorked.
  cork(): void {
    if (!this.isEnded) carrierOf(this.response)?.cork();
  }

  uncork(): void {
    carrierOf(this.response)?.uncork();
  }

  end(): void {
    quietly(() => {
      if (!this.isEnded) this.response.end();
    });
  }

  destroy(): void {
    const { response } = this;
    quietly(() => {
      // Without a code the client would take what it has for the whole.
      if (isHttp2(response)) response.stream?.close(constants.NGHTTP2_CANCEL);
      (isHttp2(response) ? response.stream : response)?.destroy();
    });
  }
}

/** What takes the bytes of a response; null while it waits behind another one. */
function carrierOf(response: NodeResponse) {
  return isHttp2(response) ? response.stream : response.socket;
}

/** A response that a middleware has patched may throw where Node's own does not; it is over in any case. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // Nobody can do anything about it.
  }
}
