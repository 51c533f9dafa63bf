import type { DataKind } from '../protocol/serialize.js';
import type { LogEntry, LogRecord } from './event-log.js';
import type { TopicKey } from './topic-key.js';

// Bytes of heap that a record takes beyond its text: the record, its slot in the topic's array and the string's
// header. Measured with a million records on Node 20 (test/log/memory-accounting.spec.ts holds it to the truth).
const RECORD_BYTES = 176;

// The same for an own id: its string, and its slot in the topic's index.
const OWN_ID_BYTES = 96;

/** A record of the memory log, with what retention needs to know about it. */
export class RetainedRecord implements LogRecord {
  readonly id: string | undefined;
  readonly body: string;
  readonly kind: DataKind;
  /** Bytes of memory. */
  readonly bytes: number;
  /** Topics that still keep it. */
  keptBy = 0;
  older: RetainedRecord | undefined = undefined;
  newer: RetainedRecord | undefined = undefined;

  constructor(
    readonly offset: number,
    readonly time: number,
    readonly keys: readonly TopicKey[],
    entry: LogEntry,
  ) {
    this.id = entry.id;
    this.body = entry.body;
    this.kind = entry.kind;
    this.bytes =
      RECORD_BYTES +
      textBytes(entry.body) +
      (entry.id === undefined ? 0 : OWN_ID_BYTES + textBytes(entry.id));
  }
}

/**
 * Bytes of memory of a string: one a character, or two where one of them is not ASCII. Asking for the UTF-8 length
 * also makes a string that was put together from parts whole, so that it holds none of them alive.
 */
function textBytes(text: string): number {
  return Buffer.byteLength(text) === text.length ? text.length : 2 * text.length;
}
