import type { RetainedRecord } from './retained-record.js';
import type { RetainedTopic } from './retained-topic.js';

/** Records that share a limit of memory, oldest first: a doubly linked list, so that each leaves in constant time. */
export class MemoryBudget {
  used = 0;
  /** The topics that hold no record, those first that have been empty longest. */
  readonly emptyTopics = new Set<RetainedTopic>();
  oldest: RetainedRecord | undefined = undefined;
  #newest: RetainedRecord | undefined = undefined;

  constructor(readonly limit: number) {}

  get exceeded(): boolean {
    return this.used > this.limit;
  }

  add(record: RetainedRecord): void {
    this.used += record.bytes;
    record.older = this.#newest;
    if (this.#newest === undefined) this.oldest = record;
    else this.#newest.newer = record;
    this.#newest = record;
  }

  remove(record: RetainedRecord): void {
    this.used -= record.bytes;
    if (record.older === undefined) this.oldest = record.newer;
    else record.older.newer = record.newer;
    if (record.newer === undefined) this.#newest = record.older;
    else record.newer.older = record.older;
    // A record that somebody still reads must not hold its neighbours alive.
    record.older = undefined;
    record.newer = undefined;
  }
}
