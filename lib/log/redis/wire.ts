import type { DataKind } from '../../protocol/serialize.js';
import type { LogEntry, LogRecord } from '../event-log.js';
import type { TopicKey } from '../topic-key.js';

type WireRecord = [time: number, kind: DataKind, id: string | 0, keys: readonly TopicKey[] | 0, body: string];

/** A record as the server keeps it and tells of it: one line of text, whatever it holds. */
export function encodeRecord({ time, kind, id, keys, body }: LogEntry): string {
  return JSON.stringify([time, kind, id ?? 0, keys.length === 1 ? 0 : keys, body] satisfies WireRecord);
}

/** @param key the topic that it was found in */
export function decodeRecord(offset: number, text: string, key: TopicKey): LogRecord {
  const [time, kind, id, keys, body] = JSON.parse(text) as WireRecord;
  return { offset, keys: keys === 0 ? [key] : keys, id: id === 0 ? undefined : id, body, kind, time };
}

/** What one call has appended: where it is, and to which topics. */
export interface Appended {
  readonly epoch: string;
  /** The end of the log before. */
  readonly previous: number;
  /** The end of the log since. */
  readonly end: number;
  readonly events: readonly (readonly [offset: number, ...keys: TopicKey[]])[];
}

/** Reads the message that tells of it. */
export function decodeAppended(text: string): Appended {
  const [epoch, previous, end, ...events] = JSON.parse(text) as [
    string,
    number,
    number,
    ...Appended['events'][number][],
  ];
  return { epoch, previous, end, events };
}

/** Reads the message that holds records of a topic: their offsets, and them as they are kept. */
export function* decodeRecords(text: string): Generator<[offset: number, record: string]> {
  for (const line of text.split('\n')) {
    const end = line.indexOf(' ');
    yield [Number(line.slice(0, end)), line.slice(end + 1)];
  }
}
