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
  /** Whether it is to be handed anything; otherwise it reads the log. */
  readonly isLive: boolean;
  /** While it is live, everything of its topics up to this offset has been written to it. */
  readonly offset: number;
  /** Takes records of its topics, some of which it may have had. */
  deliver(run: Run): void;
  /** Is told that there is something new in the log that it is not handed, behind this offset. */
  readFrom(offset: number): void;
  /** Is told that the log has lost something, and that it goes on behind this offset. */
  rollBack(offset: number): void;
}

/** A topic's new records on this node, and the streams that follow it. Exists while there is one. */
export class TopicFeed<R extends Recipient = Recipient> {
  /** How many records have come. */
  published = 0;
  /** Whether what is fresh waits no more. */
  isDue = false;
  readonly #followers = new Set<R>();
  #recipients: readonly R[] | undefined = undefined;
  /** What is on its way to its streams. */
  #taken: Run | undefined = undefined;
  /** What has come since that was taken. */
  #fresh: LogRecord[] = [];
  #freshRun: Run | undefined = undefined;
  #freshCharacters = 0;
  /** Those of the fresh ones whose delay is to be told. */
  #timed: LogRecord[] = [];

  /**
   * @param flushInterval milliseconds for which records wait for further ones
   * @param since the log's end when it was first followed
   */
  constructor(
    readonly flushInterval: number,
    readonly since: number,
  ) {}

  get followers(): ReadonlySet<R> {
    return this.#followers;
  }

  /** The streams that follow it, as they are now. */
  get recipients(): readonly R[] {
    this.#recipients ??= [...this.#followers];
    return this.#recipients;
  }

  get hasFresh(): boolean {
    return this.#fresh.length > 0;
  }

  /** Whether what was taken is still on its way. */
  get isDelivering(): boolean {
    return this.#taken !== undefined;
  }

  /** Whether so much is fresh that it should not wait any longer. */
  get isFull(): boolean {
    return this.#freshCharacters >= FULL;
  }

  /** Whether these {@link recipients} are those who follow it now. */
  isStillFollowedBy(recipients: readonly R[]): boolean {
    return this.#recipients === recipients;
  }

  add(follower: R): void {
    this.#followers.add(follower);
    this.#recipients = undefined;
  }

  delete(follower: R): void {
    this.#followers.delete(follower);
    this.#recipients = undefined;
  }

  /** @param isTimed whether its delay is to be told */
  push(record: LogRecord, isTimed: boolean): void {
    if (isTimed) this.#timed.push(record);
    this.#fresh.push(record);
    this.#freshCharacters += record.body.length;
    this.#freshRun = undefined;
    this.published++;
  }

  /** Takes what is fresh, which is on its way until {@link done}; answers with what is to be timed of it. */
  take(epoch: string): readonly LogRecord[] {
    this.#taken = this.#freshRun ?? Run.of(this.#fresh, epoch);
    this.#fresh = [];
    this.#freshCharacters = 0;
    this.#freshRun = undefined;
    this.isDue = false;
    return this.#timed.splice(0);
  }

  /** Everybody has had what was taken. */
  done(): void {
    this.#taken = undefined;
  }

  /** Forgets everything that is new. */
  clear(): void {
    this.#taken = undefined;
    this.#fresh = [];
    this.#freshCharacters = 0;
    this.#freshRun = undefined;
    this.#timed = [];
    this.isDue = false;
  }

  /** Everything that is new: at least what was taken. */
  all(epoch: string): Run {
    const runs: Run[] = [];
    this.addBehind(-1, runs, epoch);
    return Run.merge(runs);
  }

  /** Adds the runs in which there is something behind an offset. */
  addBehind(offset: number, runs: Run[], epoch: string): void {
    if (this.#taken !== undefined && this.#taken.last > offset) runs.push(this.#taken);
    if (!this.hasFresh || this.#fresh.at(-1)!.offset <= offset) return;
    this.#freshRun ??= Run.of([...this.#fresh], epoch);
    runs.push(this.#freshRun);
  }
}
