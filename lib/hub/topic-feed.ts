import type { Connection } from '../connection/connection.js';
import type { LogRecord } from '../log/event-log.js';
import type { TopicKey } from '../log/topic-key.js';
import { Run } from './run.js';

// Characters that wait at the most, where records wait for further ones.
const FULL = 64 * 1024;

/** Who is handed what is new. */
export interface Recipient {
  readonly connection: Connection;
  readonly keys: Set<TopicKey>;
  /** Everything of its topics up to this offset has been written to it. */
  readonly offset: number;
  /** What is on its way to it. */
  batch: Run | undefined;
  /** Takes what is new. */
  deliver(batch: Run): void;
}

/** A topic's new records on this node, and the streams that follow it. Exists while there is one. */
export class TopicFeed<R extends Recipient = Recipient> {
  /** How many records have come. */
  published = 0;
  /** Whether what was taken is still on its way to some of the streams. */
  isDelivering = false;
  /** Those of its new records whose delay is to be told. */
  timed: LogRecord[] = [];
  readonly #followers = new Set<R>();
  #recipients: readonly R[] | undefined = undefined;
  #fresh: LogRecord[] = [];
  #run: Run | undefined = undefined;

  /** Whether what is new is to be taken when the turn is over. */
  isPlanned = false;
  #characters = 0;

  /** @param flushInterval milliseconds for which records wait for further ones */
  constructor(readonly flushInterval: number) {}

  get followers(): ReadonlySet<R> {
    return this.#followers;
  }

  /** The streams that follow it, as they are now. */
  get recipients(): readonly R[] {
    this.#recipients ??= [...this.#followers];
    return this.#recipients;
  }

  add(follower: R): void {
    this.#followers.add(follower);
    this.#recipients = undefined;
  }

  delete(follower: R): void {
    this.#followers.delete(follower);
    this.#recipients = undefined;
  }

  /** Whether there is something that has not been taken. */
  get hasFresh(): boolean {
    return this.#fresh.length > 0;
  }

  push(record: LogRecord): void {
    this.#fresh.push(record);
    this.#characters += record.body.length;
    this.#run = undefined;
    this.published++;
  }

  /** Whether so much is new that it should not wait any longer. */
  get isFull(): boolean {
    return this.#characters >= FULL;
  }

  /** What is new, which stays so for the others. */
  peek(epoch: string): Run {
    this.#run ??= new Run([...this.#fresh], epoch);
    return this.#run;
  }

  /** What is new, to be delivered to everyone who has not had it. */
  take(epoch: string): Run {
    const run = this.#run ?? new Run(this.#fresh, epoch);
    this.#run = undefined;
    this.#fresh = [];
    this.#characters = 0;
    this.isPlanned = false;
    this.isDelivering = true;
    return run;
  }

  /** The offset of the first new record behind an offset; undefined where there is none. */
  firstBehind(offset: number): number | undefined {
    return this.#fresh.find((record) => record.offset > offset)?.offset;
  }
}
