import type { TopicKey } from '../topic-key.js';

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
