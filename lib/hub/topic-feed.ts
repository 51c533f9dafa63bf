import type { Connection } from '../connection/connection.js';
import type { LogRecord } from '../log/event-log.js';
import type { TopicKey } from '../log/topic-key.js';
import type { Batch } from './batch.js';

/** Who is handed what is new. */
export interface Recipient {
  readonly connection: Connection;
  readonly keys: Set<TopicKey>;
  /** What is new for it in the turn that is being delivered. */
  batch: Batch | undefined;
  /** Takes what is new in this turn. */
  deliver(batch: Batch): void;
}

/** A topic's new records on this node, and the streams that follow it. Exists while there is one. */
export class TopicFeed<R extends Recipient = Recipient> {
  readonly followers = new Set<R>();
  /** Records that came from the log in this turn. */
  fresh: LogRecord[] = [];

  /** How many records have come. */
  published = 0;

  push(record: LogRecord): void {
    this.fresh.push(record);
    this.published++;
  }

  takeFresh(): readonly LogRecord[] {
    const { fresh } = this;
    this.fresh = [];
    return fresh;
  }
}
