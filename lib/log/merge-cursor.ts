import type { LogRecord } from './event-log.js';
import type { RetainedTopic } from './retained-topic.js';

interface Place {
  readonly topic: RetainedTopic;
  index: number;
}

/** Reads several topics as one sequence in the order of the log; a record of several of them comes once. */
export class MergeCursor {
  readonly #places: Place[] = [];

  add(topic: RetainedTopic, index: number): void {
    this.#places.push({ topic, index });
  }

  /** Whether nothing is left. */
  get done(): boolean {
    return this.#places.every(({ topic, index }) => index >= topic.endIndex);
  }

  /** Records until their bodies have `limit` characters; at least one where there is one. */
  take(limit: number): LogRecord[] {
    const records: LogRecord[] = [];
    let characters = 0;
    do {
      const record = this.#next();
      if (record === undefined) break;
      records.push(record);
      characters += record.body.length;
    } while (characters < limit);
    return records;
  }

  /** The offset behind which the last `count` records before the places lie; undefined where there are none. */
  offsetBeforeLast(count: number): number | undefined {
    let first: number | undefined;
    for (let taken = 0; taken < count; taken++) {
      const previous = this.#previous();
      if (previous === undefined) break;
      first = previous;
    }
    return first === undefined ? undefined : first - 1;
  }

  #next(): LogRecord | undefined {
    let next: LogRecord | undefined;
    for (const { topic, index } of this.#places) {
      const record = topic.at(index);
      if (record !== undefined && (next === undefined || record.offset < next.offset)) next = record;
    }
    if (next === undefined) return undefined;
    for (const place of this.#places) {
      if (place.topic.at(place.index) === next) place.index++;
    }
    return next;
  }

  #previous(): number | undefined {
    let previous: LogRecord | undefined;
    for (const { topic, index } of this.#places) {
      const record = topic.at(index - 1);
      if (record !== undefined && (previous === undefined || record.offset > previous.offset))
        previous = record;
    }
    if (previous === undefined) return undefined;
    for (const place of this.#places) {
      if (place.topic.at(place.index - 1) === previous) place.index--;
    }
    return previous.offset;
  }
}
