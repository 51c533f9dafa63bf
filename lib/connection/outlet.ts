import { Deferred } from './deferred.js';
import type { ResponseWriter } from './response-writer.js';

/** The way out to one client: whether it can take bytes now, and when it can again. */
export class Outlet {
  /** The wheel's tick of the last write. */
  lastWrite = 0;
  #isBlocked = false;
  #taken = 0;
  #lastPending = 0;
  #drained: Deferred | undefined = undefined;

  constructor(private readonly writer: ResponseWriter) {}

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

  write(bytes: Uint8Array, tick: number): void {
    this.lastWrite = tick;
    if (this.#isBlocked) this.#account();
    this.#isBlocked = !this.writer.write(bytes);
    if (this.#isBlocked) this.#lastPending = this.pending;
  }

  /** Whether a client that does not take bytes now may have these pending as well. */
  hasRoomFor(bytes: Uint8Array, limit: number): boolean {
    return !this.#isBlocked || this.writer.pending + bytes.length <= limit;
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
    this.writer.end();
    this.#drained?.reject(error);
  }

  destroy(): void {
    this.writer.destroy();
  }

  // Not from the bytes that were written: what is pending has the framing of HTTP in it.
  #account(): void {
    const { pending } = this;
    if (pending < this.#lastPending) this.#taken += this.#lastPending - pending;
    this.#lastPending = pending;
  }
}
