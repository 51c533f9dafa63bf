import { Buffer } from 'node:buffer';
import type { DataKind } from '../protocol/serialize.js';
import { copied } from './copied.js';
import type { LogEntry, LogRecord } from './event-log.js';
import type { TopicKey } from './topic-key.js';

// Bytes of heap that a record takes beyond its text: the record, its slot in the topic's array and the string's
// header. These figures were measured on Node 20, 22 and 24; test/log/memory-accounting.spec.ts holds them to the truth.
const RECORD_BYTES = 168;

// The same for an own id: its string, and its slot in the topic's index.
const OWN_ID_BYTES = 128;

// The same for a record of several topics: the array of their names, and for each its slots.
const SHARED_BYTES = 40;
const SHARE_BYTES = 16;

/** A record of the memory log, with what retention needs to know about it. */
export class RetainedRecord implements LogRecord {
  readonly id: string | undefined;
  readonly body: string;
  readonly kind: DataKind;
  readonly time: number;
  /** Bytes of memory. */
  readonly bytes: number;
  /** Topics that still keep it. */
  keptBy = 0;
  older: RetainedRecord | undefined = undefined;
  newer: RetainedRecord | undefined = undefined;

  constructor(
    readonly offset: number,
    readonly keys: readonly TopicKey[],
    entry: LogEntry,
  ) {
    this.id = entry.id === undefined ? undefined : copied(entry.id);
    this.body = entry.body;
    this.kind = entry.kind;
    this.time = entry.time;
    this.bytes = RECORD_BYTES + textBytes(entry.body);
    if (entry.id !== undefined) this.bytes += OWN_ID_BYTES + textBytes(entry.id);
    if (keys.length > 1) this.bytes += SHARED_BYTES + SHARE_BYTES * keys.length;
  }
}

/**
 * Bytes of memory of a string's characters: one for each, or two where one of them is not Latin-1. Asking for the
 * UTF-8 length also makes a string that was put together from parts whole, so that it holds none of them alive.
 */
export function textBytes(text: string): number {
  const isWide = Buffer.byteLength(text) !== text.length && BEYOND_LATIN_1.test(text);
  return isWide ? 2 * text.length : text.length;
}

const BEYOND_LATIN_1 = /[^\0-\u00ff]/;
