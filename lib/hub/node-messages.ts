import { isPromiseLike } from '../async/awaitable.js';
import { now } from '../log/clock.js';
import type { EventLog, LogRecord } from '../log/event-log.js';
import { NODES_KEY } from '../log/topic-key.js';

/** What one node tells all others. */
export interface NodeMessage {
  /** The user whose streams end. */
  readonly disconnect: string;
  readonly reason?: string | undefined;
}

// Characters of messages that are read at once.
const READ_LIMIT = 64 * 1024;

/**
 * What nodes that share a log tell each other, by the log itself: in order, and to a node that was cut off when it is back.
 * Nodes that come later are not told of it.
 */
export class NodeMessages {
  /** Everything up to here has been taken. */
  #offset = 0;
  #reading: Promise<void> | undefined = undefined;
  #end = 0;

  constructor(
    private readonly log: EventLog,
    private readonly onMessage: (message: NodeMessage) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Begins at the log's end. */
  begin(end: number): void {
    this.#offset = end;
    if (this.log.supports.distributed) this.log.follow?.(NODES_KEY);
  }

  /**
   * Tells all nodes, this one included.
   * @throws SseError (rejects with) `LOG_UNAVAILABLE`, `OUTCOME_UNKNOWN`
   */
  async send(message: NodeMessage): Promise<void> {
    await this.log.append({ keys: [NODES_KEY], body: JSON.stringify(message), kind: 'json', time: now() });
  }

  /** A message has come. */
  committed(record: LogRecord): void {
    if (this.#reading === undefined) this.#take(record);
    else this.#end = record.offset;
  }

  /** There are messages up to this offset that have to be read. */
  skipped(offset: number): void {
    this.#end = offset;
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
  }

  /** The log has gone on from an earlier place. */
  rolledBack(offset: number): void {
    this.#offset = Math.min(this.#offset, offset);
  }

  async #read(): Promise<void> {
    try {
      while (this.#offset < this.#end) {
        const answer = this.log.read({ keys: [NODES_KEY], after: this.#offset, limit: READ_LIMIT });
        const { records, through } = isPromiseLike(answer) ? await answer : answer;
        for (const record of records) this.#take(record);
        this.#offset = Math.max(this.#offset, through);
      }
    } catch (error) {
      this.onError(error);
    }
  }

  #take({ offset, body }: LogRecord): void {
    if (offset <= this.#offset) return;
    this.#offset = offset;
    this.onMessage(JSON.parse(body) as NodeMessage);
  }
}
