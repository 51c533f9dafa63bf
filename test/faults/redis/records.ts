import { readFileSync } from 'node:fs';

/** An event that was published: its number over all, and its place in each of its topics, from 0 on. */
export interface Numbered {
  readonly number: number;
  readonly places: readonly (readonly [topic: number, sequence: number])[];
}

/** An event that a node has answered for, with the id that it gave. */
export type Acknowledged = Numbered & { readonly id: string };

/** What a client has seen, in its order. */
export type Seen =
  | { readonly kind: 'begin'; readonly id: string }
  | { readonly kind: 'event'; readonly id: string; readonly data: string }
  | { readonly kind: 'gap'; readonly id: string; readonly reason: string };

/** What the checker is given: files, one record a line. */
export interface Evidence {
  readonly acknowledged: readonly Acknowledged[];
  /** What somebody sees who reads the whole log in the end. */
  readonly survivors: readonly Seen[];
  /** Of each client, the topics that it follows and what it has seen. */
  readonly clients: ReadonlyMap<
    string,
    { readonly topics: readonly number[]; readonly seen: readonly Seen[] }
  >;
}

/** The text that an event carries. */
export function formatNumbered({ number, places }: Numbered): string {
  return [number, ...places.map(([topic, sequence]) => `${topic}:${sequence}`)].join(' ');
}

export function parseNumbered(data: string): Numbered {
  const [number, ...places] = data.split(' ');
  return {
    number: Number(number),
    places: places.map((place) => place.split(':').map(Number) as [number, number]),
  };
}

/** Reads a file of one record a line; its last line may be cut. */
export function readRecords<T>(path: string): T[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.pop();
  return lines.map((line) => JSON.parse(line) as T);
}
