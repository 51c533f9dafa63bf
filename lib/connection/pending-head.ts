import type { CloseReason } from '../errors/close-reason.js';
import { Deferred } from './deferred.js';
import type { Refusal } from './refusal.js';

/** How a stream ends. */
export interface Ending {
  readonly reason: CloseReason;
  /** What the application has said of it. */
  readonly detail?: string | undefined;
  /** Milliseconds after which the client is to come back, where that is another time than usual. */
  readonly retry?: number;
}

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
  end: Ending | undefined = undefined;
  /** Why there will be no stream. */
  refusal: Refusal | undefined = undefined;
  /** When the stream ends, in milliseconds since 1970. */
  expiresAt = Infinity;
  /** What has failed while the head was on its way. */
  fail: (() => void) | undefined = undefined;
  /** Who keeps the head from being sent. */
  #holds = 0;
  /** Whether it would have been sent but for them. */
  #isDue = false;
  #blocks: Uint8Array[] = [];
  #bytes = 0;

  /** Whether the application or the hub ends the stream, whatever its source still says. */
  get isToldToEnd(): boolean {
    return this.refusal !== undefined || (this.end !== undefined && this.end.reason !== 'complete');
  }

  /** Keeps the head from being sent until {@link letGo}, unless the stream is told to end. */
  hold(): void {
    this.#holds++;
  }

  /** Answers whether the head is due, and nobody holds it any more. */
  letGo(): boolean {
    this.#holds--;
    return this.#holds === 0 && this.#isDue;
  }

  /** Whether the head can be sent now; otherwise it is due when nobody holds it any more. */
  get isFree(): boolean {
    if (this.#holds === 0 || this.isToldToEnd) return true;
    this.isScheduled = false;
    this.#isDue = true;
    return false;
  }

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
