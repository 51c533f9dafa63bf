import type { CloseReason } from '../errors/close-reason.js';
import { Deferred } from './deferred.js';

/** What a connection needs only until its head is sent. */
export class PendingHead {
  status = 200;
  /** Settled when the head has been sent or can no longer be; rejected when there must be an HTTP error instead. */
  readonly sent = new Deferred();
  /** Whether the head will be sent when the turn is over. */
  isScheduled = false;
  /** Whether there is nobody who could answer with an HTTP error instead. */
  isAlone = false;
  /** Sends the head of a source that takes too long. */
  timer: NodeJS.Timeout | undefined = undefined;
  /** Why the stream is to end as soon as it is open: its source has ended already, or it has been closed. */
  end: { readonly reason: CloseReason; readonly detail: string | undefined } | undefined = undefined;
  /** What has failed while the head was on its way. */
  fail: (() => void) | undefined = undefined;
  #blocks: Uint8Array[] = [];
  #bytes = 0;

  /** Whether this may be kept as well; a single block always is. */
  hasRoomFor(block: Uint8Array, limit: number): boolean {
    return this.#bytes === 0 || this.#bytes + block.length <= limit;
  }

  /** Keeps what is to be written behind the head. */
  keep(block: Uint8Array): void {
    this.#blocks.push(block);
    this.#bytes += block.length;
  }

  /** Everything that was kept, as one piece; empty where nothing was. */
  takeKept(): Uint8Array {
    const bytes = Buffer.concat(this.#blocks);
    this.drop();
    return bytes;
  }

  drop(): void {
    clearTimeout(this.timer);
    this.#blocks = [];
    this.#bytes = 0;
  }
}
