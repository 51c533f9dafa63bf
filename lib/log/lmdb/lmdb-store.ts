import { mkdirSync, statfsSync } from 'node:fs';
import { open, type Database, type RootDatabase } from 'lmdb';
import { shown, SseError } from '../../errors/sse-error.js';
import type { TopicState } from './stored-topic.js';

/** What the file says of the log as a whole. */
export interface LogMeta {
  readonly epoch: string;
  /** The offset of the last record. */
  readonly end: number;
  readonly floor: number;
  /** The epochs before, each with the offset at which it was left. */
  readonly epochs: readonly (readonly [epoch: string, end: number])[];
  /** Whether everything is on the disk that was ever acknowledged. */
  readonly isWhole: boolean;
  /** The start of the machine since which it has been open. */
  readonly boot: string;
  /** Who has it open. */
  readonly owner: string;
}

type TopicName = [topic: number, name: number | string];

/** Things to write at once: all of them, or none. */
export class Changes {
  /** Records that come and go, in threes: the topic, the offset and the text. There are many, and few are looked at. */
  readonly records: (number | string | undefined)[] = [];
  readonly ids: [key: TopicName, offset: number | undefined][] = [];
  readonly topics: [topic: number, state: TopicState | undefined][] = [];
  readonly keys: [key: [bucket: number, key: string], offset: number | undefined][] = [];
}

const FORMAT = '1';

// Bytes that have to be free for something to be written. What LMDB does when it cannot write is not survived: a page of
// its lock file that cannot be had ends the process with SIGBUS, and a transaction that fails in the midst leaves its
// memory in disorder (seen with lmdb 3.5.6).
const LEAST_ROOM = 16 * 1024 * 1024;

/** The log's file: its records by topic and offset, and what is known of each topic. */
export class LmdbStore {
  readonly #root: RootDatabase<string, string>;
  readonly #meta: Database<string, string>;
  readonly #topics: Database<string, number>;
  readonly #records: Database<string, TopicName>;
  readonly #ids: Database<string, TopicName>;
  readonly #keys: Database<string, [number, string]>;
  /** Of what was written last; a write that fails has none. */
  #flushed: Promise<unknown> | undefined = undefined;
  /** Why LMDB has failed to write, and is not used for that any more. */
  #failure: unknown = undefined;

  private constructor(
    private readonly path: string,
    root: RootDatabase<string, string>,
  ) {
    this.#root = root;
    this.#meta = root.openDB({ name: 'meta', encoding: 'string' });
    this.#topics = root.openDB({ name: 'topics', encoding: 'string' });
    this.#records = root.openDB({ name: 'records', encoding: 'string' });
    this.#ids = root.openDB({ name: 'ids', encoding: 'string' });
    this.#keys = root.openDB({ name: 'keys', encoding: 'string' });
  }

  /** @throws SseError `LOG_UNAVAILABLE` where the folder cannot be used, `INVALID_OPTION` where it holds something else */
  static open(path: string): LmdbStore {
    let store: LmdbStore;
    try {
      mkdirSync(path, { recursive: true });
      checkRoom(path);
      // A file of its own in the folder, and writes that fail with one rejection.
      store = new LmdbStore(
        path,
        open({ path, encoding: 'string', noSubdir: false, maxDbs: 8, eventTurnBatching: false }),
      );
    } catch (cause) {
      throw new SseError('LOG_UNAVAILABLE', `the log in ${shown(path)} cannot be opened: ${shown(cause)}`, {
        cause,
      });
    }
    const format = store.#meta.get('format');
    if (format === undefined || format === FORMAT) return store;
    void store.close();
    throw new SseError(
      'INVALID_OPTION',
      `the log in ${shown(path)} has the format ${format}, of which this version knows nothing; use the version that has written it, or another folder`,
    );
  }

  get meta(): LogMeta | undefined {
    const text = this.#meta.get('log');
    return text === undefined ? undefined : (JSON.parse(text) as LogMeta);
  }

  *topics(): Generator<[topic: number, state: TopicState]> {
    for (const { key, value } of this.#topics.getRange()) yield [key, JSON.parse(value) as TopicState];
  }

  /** The records of a topic from one offset to another, these included. */
  *records(topic: number, from: number, to: number): Generator<[offset: number, text: string]> {
    const range = this.#records.getRange({ start: [topic, from], end: [topic, to + 1] });
    for (const { key, value } of range) yield [key[1] as number, value];
  }

  /** The offsets of a topic's records up to one, the last ones first. */
  *offsetsBefore(topic: number, from: number, to: number): Generator<number> {
    const range = this.#records.getKeys({ start: [topic, to], end: [topic, from - 1], reverse: true });
    for (const key of range) yield key[1] as number;
  }

  /** The first retained record of a topic that has the id. */
  offsetOf(topic: number, id: string): number | undefined {
    const offset = this.#ids.get([topic, id]);
    return offset === undefined ? undefined : Number(offset);
  }

  *keys(): Generator<[bucket: number, key: string, offset: number]> {
    for (const { key, value } of this.#keys.getRange()) yield [key[0], key[1], Number(value)];
  }

  /** Throws, with the reason, where nothing can be written. */
  check(): void {
    if (this.#failure !== undefined)
      throw new Error(`LMDB has failed to write (${shown(this.#failure)}); start the process anew`);
    checkRoom(this.path);
  }

  /**
   * Writes all of it or nothing; resolves when it is in the file.
   * @param changes what there is to write, in parts: the first are being written while the others are made
   */
  async write(changes: Iterable<Changes>, meta: () => LogMeta): Promise<void> {
    await this.#write(() => {
      for (const { records, ids, keys, topics } of changes) {
        for (let place = 0; place < records.length; place += 3) {
          const key: TopicName = [records[place] as number, records[place + 1] as number];
          const text = records[place + 2] as string | undefined;
          if (text === undefined) void this.#records.remove(key);
          else void this.#records.put(key, text);
        }
        apply(this.#ids, ids.map(toText));
        apply(this.#keys, keys.map(toText));
        apply(this.#topics, topics.map(toText));
      }
      void this.#meta.put('format', FORMAT);
      void this.#meta.put('log', JSON.stringify(meta()));
    });
  }

  async #write(put: () => void): Promise<void> {
    this.check();
    try {
      await this.#root.batch(put);
    } catch (error) {
      this.#failure = error;
      // It is rejected a second time, for nobody.
      (error as { commitError?: Promise<unknown> }).commitError?.catch?.(() => undefined);
      throw error;
    }
    // What LMDB gives is another promise whenever it is asked: that of the last write, also of one that fails.
    this.#flushed = Promise.resolve(this.#root.flushed);
    this.#root.resetReadTxn();
  }

  /** Resolves when everything that was written is on the disk itself. */
  async flushed(): Promise<void> {
    await this.#flushed;
  }

  async close(): Promise<void> {
    const closed = this.#root.close();
    // LMDB waits for the disk to have what could not be written to it, which never comes.
    if (this.#failure !== undefined) closed.catch(() => undefined);
    else await closed;
  }
}

function apply<K extends number | TopicName | [number, string]>(
  database: Database<string, K>,
  changes: readonly (readonly [key: K, value: string | undefined])[],
): void {
  for (const [key, value] of changes) {
    if (value === undefined) void database.remove(key);
    else void database.put(key, value);
  }
}

function checkRoom(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize < LEAST_ROOM)
    throw new Error(`the disk is full, or nearly: less than ${LEAST_ROOM / 1024 / 1024} MiB are free`);
}

function toText<K>([key, value]: readonly [key: K, value: unknown]): [key: K, text: string | undefined] {
  return [key, value === undefined ? undefined : JSON.stringify(value)];
}
