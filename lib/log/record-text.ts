import type { DataKind } from '../protocol/serialize.js';
import type { LogEntry, LogRecord } from './event-log.js';
import type { TopicKey } from './topic-key.js';

type RecordFields = [
  time: number,
  kind: DataKind,
  id: string | 0,
  keys: readonly TopicKey[] | 0,
  body: string,
];

/** A record as logs keep it elsewhere: one line of text, whatever it holds, without its offset. */
export function encodeRecord({ time, kind, id, keys, body }: LogEntry): string {
  return JSON.stringify([time, kind, id ?? 0, keys.length === 1 ? 0 : keys, body] satisfies RecordFields);
}

/** @param key the topic that it was found in */
export function decodeRecord(offset: number, text: string, key: TopicKey): LogRecord {
  const [time, kind, id, keys, body] = JSON.parse(text) as RecordFields;
  return { offset, keys: keys === 0 ? [key] : keys, id: id === 0 ? undefined : id, body, kind, time };
}

/** When the record was published, where it has no id of its own and one topic only; undefined for all others. */
export function timeOfPlain(text: string): number | undefined {
  const afterTime = text.indexOf(',');
  const afterKind = text.indexOf(',', afterTime + 1);
  return text.startsWith('0,0,', afterKind + 1) ? Number(text.slice(1, afterTime)) : undefined;
}
