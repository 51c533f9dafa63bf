import { Chunk } from '../connection/chunk.js';

// Bytes from which a chunk is handed on as it is; copying smaller ones together costs less than writing each.
const JOIN_LIMIT = 16 * 1024;

/** What is to be written together, in as few pieces as make sense. */
export class Pieces {
  readonly #done: Chunk[] = [];
  #group: Chunk[] = [];
  #length = 0;

  add(chunk: Chunk): void {
    if (chunk.length >= JOIN_LIMIT) {
      this.#join();
      this.#done.push(chunk);
      return;
    }
    this.#group.push(chunk);
    this.#length += chunk.length;
    if (this.#length >= JOIN_LIMIT) this.#join();
  }

  take(): readonly Chunk[] {
    this.#join();
    return this.#done;
  }

  #join(): void {
    if (this.#group.length === 0) return;
    this.#done.push(Chunk.join(this.#group));
    this.#group = [];
    this.#length = 0;
  }
}
