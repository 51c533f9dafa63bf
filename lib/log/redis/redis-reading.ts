import type { Located, LogRecord, LogStart, Loss, ReadQuery, ReadResult } from '../event-log.js';
import { decodeRecord } from '../record-text.js';
import type { TopicKey } from '../topic-key.js';

type ReadReply = [epoch: string, end: number, ...(number | string[])[]];
type LocateReply = [epoch: string, after: number, found: number, ...lost: number[]];

/** What the script `read` is asked with; the places behind which the topics are read are those of the query's keys. */
export function readValues({ after, later, limit }: ReadQuery, keys: readonly TopicKey[]): string[] {
  const values = [limit === Infinity ? '-1' : String(limit)];
  for (const key of keys) values.push(key, String(Math.max(after, later?.get(key) ?? 0)));
  return values;
}

/** What the script `read` has answered, in the order of the log. */
export function toReadResult(reply: unknown, keys: readonly TopicKey[], limit: number): ReadResult {
  const [, end, ...topics] = reply as ReadReply;
  const losses: Loss[] = [];
  const found = new Map<number, { readonly text: string; readonly key: TopicKey }>();
  let whole = end;
  for (const [index, key] of keys.entries()) {
    const [upTo, count, more, entries] = topics.slice(4 * index, 4 * index + 4) as [
      number,
      number,
      number,
      string[],
    ];
    if (upTo > 0) losses.push({ key, upTo, count: count < 0 ? undefined : count });
    for (const entry of entries)
      found.set(offsetOf(entry), { text: entry.slice(entry.indexOf(' ') + 3), key });
    if (more === 1) whole = Math.min(whole, offsetOf(entries.at(-1)!));
  }
  const offsets = [...found.keys()].filter((offset) => offset <= whole);
  if (keys.length > 1) offsets.sort((one, other) => one - other);
  const records: LogRecord[] = [];
  let characters = 0;
  for (const offset of offsets) {
    const { text, key } = found.get(offset)!;
    const record = decodeRecord(offset, text, key);
    records.push(record);
    characters += record.body.length;
    if (characters >= limit) break;
  }
  const through = records.length < offsets.length ? records.at(-1)!.offset : whole;
  return { records, through, end, losses };
}

/** What the script `locate` is asked with. */
export function locateValues(start: LogStart, keys: readonly TopicKey[]): string[] {
  if (start === 'earliest') return ['earliest', '', ...keys];
  return 'last' in start ? ['last', String(start.last), ...keys] : ['id', start.id, ...keys];
}

/** What the script `locate` has answered. */
export function toLocated(reply: unknown, keys: readonly TopicKey[], start: LogStart): Located {
  const [, after, found, ...lost] = reply as LocateReply;
  const isFound = found === 1;
  const forgiven = new Map<TopicKey, number>();
  if (!isFound)
    for (const [index, key] of keys.entries()) if (lost[index]! > 0) forgiven.set(key, lost[index]!);
  const isId = typeof start === 'object' && 'id' in start;
  if (!isId || isFound) return { after, forgiven, lost: undefined };
  return { after, forgiven, lost: found === 0 ? 'unknown-id' : 'evicted' };
}

function offsetOf(entry: string): number {
  return Number(entry.slice(0, entry.indexOf(' ')));
}
