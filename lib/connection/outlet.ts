import type { Chunk } from './chunk.js';
import { Deferred } from './deferred.js';
import type { ResponseWriter } from './response-writer.js';
import type { Corked, Turn } from './turn.js';

/** The way out to one client: when its bytes leave, whether it can take more now, and when it can again. */
export class Outlet implements Corked {
  /** The wheel's tick of the last write. */
  lastWrite = 0;
  #isCorked = false;
  #isBlocked = false;
  #taken = 0;
  #lastPending = 0;
  #drained: Deferred | undefined = undefined;

  constructor(
    private readonly writer: ResponseWriter,
    private readonly turn: Turn,
  ) {}

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Bytes that wait for the client to take them. */
  get pending(): number {
    return this.writer.pending;
  }

  /** Bytes that the client has taken, or the system for it, while it could not take everything at once. */
  get taken(): number {
    if (this.#isBlocked) this.#account();
    return this.#taken;
  }

  /** Writes, with everything else that is written in this turn. */
  write(chunk: Chunk, tick: number): void {
    this.lastWrite = tick;
    if (this.#isBlocked) this.#account();
    if (!this.turn.isEnding) this.cork();
    this.#isBlocked = !this.writer.write(chunk);
    if (this.#isBlocked) this.#lastPending = this.pending;
  }

  /** Keeps back what is written, until the turn is over. */
  cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.writer.cork();
    this.turn.uncorkAtEnd(this);
  }

  uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.writer.uncork();
  }

  /** Whether a client that does not take bytes now may have these pending as well. */
  hasRoomFor(chunk: Chunk, limit: number): boolean {
    if (!this.#isBlocked || this.pending + chunk.length <= limit) return true;
    this.#offer();
    return !this.#isBlocked || this.pending + chunk.length <= limit;
  }

  /** Resolves when the client takes bytes again; rejects with the error that {@link end} is given before that. */
  untilDrained(): Promise<void> {
    this.#drained ??= new Deferred();
    return this.#drained.promise;
  }

  onDrain(): void {
    this.#isBlocked = false;
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.resolve();
  }

  end(error: Error): void {
    this.#isCorked = false;
    this.writer.end();
    this.#drained?.reject(error);
  }

  destroy(): void {
    this.writer.destroy();
  }

  /** Lets go what is kept back: that it is much says nothing of the client, which has not been offered it yet. */
  #offer(): void {
    if (!this.#isCorked) return;
    this.uncork();
    if (this.pending === 0) this.onDrain();
  }

  // Not from the bytes that were written: what is pending has the framing of HTTP in it.
  #account(): void {
    const { pending } = this;
    if (pending < this.#lastPending) this.#taken += this.#lastPending - pending;
    this.#lastPending = pending;
  }
}
