import { closeSync, openSync, writeSync } from 'node:fs';
import { RawStream } from '../raw-stream.js';
import { parseNumbered, type Seen } from './records.js';

// Milliseconds after which a client comes back, at the least and at the most.
const LEAST_PAUSE_MS = 20;
const MOST_PAUSE_MS = 300;

/** A client that comes back with the last id whenever it is cut, and writes what it sees to a file. */
export class Witness {
  connections = 0;
  gaps = 0;
  #lastId: string | undefined = undefined;
  readonly #last = new Map<number, number>();
  #stream: RawStream | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #hasLeft = false;
  readonly #file: number;

  constructor(
    readonly name: string,
    readonly topics: readonly number[],
    private readonly port: number,
    private readonly random: () => number,
    file: string,
    private readonly query = '',
  ) {
    this.#file = openSync(file, 'w');
    for (const topic of topics) this.#last.set(topic, -1);
  }

  /** Whether it has seen where its stream begins. */
  get hasBegun(): boolean {
    return this.#lastId !== undefined;
  }

  /** The last event of the topic that it has seen. */
  last(topic: number): number {
    return this.#last.get(topic)!;
  }

  connect(): void {
    this.connections++;
    this.#stream = new RawStream(this.port, `/?topics=${this.topics.join()}${this.query}`, this.#lastId, {
      onHead: () => undefined,
      onBlock: (block) => this.#take(block),
      onEnd: () => this.#comeBack(),
    });
  }

  /** Is cut, and comes back. */
  cut(): void {
    this.#stream?.leave();
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    clearTimeout(this.#timer);
    this.#stream?.leave();
    closeSync(this.#file);
  }

  #comeBack(): void {
    if (this.#hasLeft) return;
    const pause = LEAST_PAUSE_MS + this.random() * (MOST_PAUSE_MS - LEAST_PAUSE_MS);
    this.#timer = setTimeout(() => this.connect(), pause);
  }

  #take(block: string): void {
    if (this.#hasLeft) return;
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const colon = line.indexOf(':');
      // A heartbeat is a comment.
      if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
    }
    const id = fields.get('id');
    if (id === undefined) return;
    this.#lastId = id;
    this.#note(this.#read(id, fields));
  }

  #read(id: string, fields: ReadonlyMap<string, string>): Seen {
    const data = fields.get('data');
    if (data === undefined) return { kind: 'begin', id };
    if (fields.get('event') === 'gap') {
      this.gaps++;
      return { kind: 'gap', id, reason: (JSON.parse(data) as { reason: string }).reason };
    }
    for (const [topic, sequence] of parseNumbered(data).places)
      if (this.#last.has(topic)) this.#last.set(topic, sequence);
    return { kind: 'event', id, data };
  }

  #note(seen: Seen): void {
    writeSync(this.#file, `${JSON.stringify(seen)}\n`);
  }
}
