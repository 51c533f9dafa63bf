import type { LogTail } from '../event-log.js';
import { newEpoch } from '../position.js';
import { decodeRecord } from '../record-text.js';
import type { TopicKey } from '../topic-key.js';
import { KnownPlaces } from './known-places.js';
import { decodeAppended, decodeRecords, type Appended } from './wire.js';

// Messages that one answer has at the most.
const AT_ONCE = '128';

// Messages that wait until it is known what was before them, and records that wait for theirs, with their characters.
const HELD = 1_024;
const HELD_RECORDS = 65_536;
const HELD_CHARACTERS = 16 * 1024 * 1024;

/** Asks the server what there is behind what the node has seen. */
export type AskTail = (values: readonly string[]) => Promise<unknown>;

type TailAnswer = [status: Status, epoch: string, end: number, epochs: string, messages: string[]];
type Status = 'same' | 'behind' | 'trimmed' | 'forked';

/**
 * What a node has seen of the log: everything up to an offset, in order and without a hole. Messages tell of what comes
 * behind it, each with the end of the log before; where that is another than the node has seen, something is missing, and
 * the server is asked for it. What is asked again and again finds what no message told.
 */
export class RedisTail {
  epoch = '';
  /** Everything up to here has been told. */
  offset = 0;
  /** The highest offset that a message has told of. */
  notified = 0;
  /** The epochs before, and up to where each of them is this history too. */
  #shared = new Map<string, number>();
  /** What this node has been told of last. */
  readonly #places = new KnownPlaces();
  /** The highest end that the server has answered with in this epoch: it may be behind what has been told. */
  #known = 0;
  #tail: LogTail | undefined = undefined;
  #checking: Promise<number> | undefined = undefined;
  #next: Promise<number> | undefined = undefined;
  /** What has come while it was not known what was before it. */
  #held: Appended[] = [];
  /** Records that have come before the message that says where they belong. */
  readonly #records = new Map<number, { readonly text: string; readonly key: TopicKey }>();
  #characters = 0;

  /** @param keep milliseconds for which the hub's keys are kept when nobody comes any more, or -1 */
  constructor(
    private readonly ask: AskTail,
    private readonly followed: ReadonlySet<TopicKey>,
    private readonly keep: string,
  ) {}

  /** Begins at the log's end. */
  begin(tail: LogTail, answer: unknown): number {
    const [, epoch, end, epochs] = answer as TailAnswer;
    this.#tail = tail;
    this.epoch = epoch;
    this.offset = end;
    this.#shared = sharedOf(epochs);
    return end;
  }

  /** Tells of nothing any more. */
  close(): void {
    this.#tail = undefined;
    this.#held = [];
    this.#records.clear();
  }

  /** What the server is asked with. */
  get question(): string[] {
    return [this.epoch, String(this.offset), newEpoch(), AT_ONCE, this.keep, String(this.known)];
  }

  /** The end of the log, as far as this node knows of it; a server that does not have it has lost something. */
  get known(): number {
    return Math.max(this.offset, this.#known);
  }

  /** The server has answered an append. */
  onAnswer(epoch: string, end: number): void {
    if (epoch === this.epoch) this.#known = Math.max(this.#known, end);
  }

  /** Whether this node has seen itself that the offset belongs to this history. */
  hasSeen(offset: number): boolean {
    return offset === this.offset || this.#places.has(offset);
  }

  sharedWith(epoch: string): number | undefined {
    return this.#shared.get(epoch);
  }

  /** The records of a topic, of which a message is about to tell. */
  onRecords(key: TopicKey, text: string): void {
    if (this.#records.size > HELD_RECORDS || this.#characters > HELD_CHARACTERS) this.#forgetRecords();
    for (const [offset, record] of decodeRecords(text)) {
      if (offset <= this.offset) continue;
      this.#characters += record.length;
      this.#records.set(offset, { text: record, key });
    }
  }

  /** A message of what was appended. */
  onAppended(text: string): void {
    const appended = decodeAppended(text);
    this.notified = Math.max(this.notified, appended.end);
    if (this.#take(appended)) return;
    if (this.#held.length < HELD) this.#held.push(appended);
    if (this.#checking === undefined) this.check().catch(() => undefined);
  }

  /** Asks for the log's end, and tells of everything up to there; asked while that is under way, once more after it. */
  check(): Promise<number> {
    if (this.#checking === undefined) {
      this.#checking = this.#check().finally(() => {
        this.#checking = undefined;
      });
      return this.#checking;
    }
    this.#next ??= this.#checking
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.check();
      });
    return this.#next;
  }

  async #check(): Promise<number> {
    for (;;) {
      // The answer says everything about what has come before it is asked for.
      this.#held = [];
      const [status, epoch, end, epochs, messages] = (await this.ask(this.question)) as TailAnswer;
      if (this.#tail === undefined) return end;
      if (status === 'forked') this.#fork(epoch, epochs, end);
      else if (status === 'trimmed' || !this.#goOn(messages, end)) this.#skipTo(end);
      this.#held = this.#held.filter((appended) => !this.#take(appended));
      if (this.epoch === epoch && this.offset >= end && this.#held.length === 0) return end;
    }
  }

  /** Takes a message where it follows directly, or tells of nothing new; false where something is missing before it. */
  #take(appended: Appended): boolean {
    if (appended.epoch !== this.epoch) return false;
    if (appended.end <= this.offset) return true;
    if (appended.previous !== this.offset) return false;
    this.#tellAll(appended);
    return true;
  }

  /** Takes what the server has answered with; false where that does not lead on. */
  #goOn(messages: readonly string[], end: number): boolean {
    const from = this.offset;
    for (const text of messages) {
      const appended = decodeAppended(text);
      if (appended.previous === this.offset) this.#tellAll(appended);
    }
    return this.offset > from || this.offset >= end;
  }

  #tellAll({ end, events }: Appended): void {
    this.offset = end;
    this.#places.add(end);
    for (const [offset, ...keys] of events) {
      this.#places.add(offset);
      this.#tell(offset, keys);
    }
    if (events.length === 0) this.#tail?.skipped?.(end, []);
    if (this.#records.size > 0) this.#forgetRecords(end);
  }

  #tell(offset: number, keys: readonly TopicKey[]): void {
    const tail = this.#tail!;
    const record = this.#records.get(offset);
    if (record !== undefined) tail.committed(decodeRecord(offset, record.text, record.key));
    else
      tail.skipped?.(
        offset,
        keys.filter((key) => this.followed.has(key)),
      );
  }

  /** It is not known any more what was in between, nor whether it is still there. */
  #skipTo(end: number): void {
    this.#tail!.rolledBack?.(this.offset);
    this.#goOnAt(end);
  }

  /** The log has gone on from an earlier place than the node had seen, or may have: everybody is told of it. */
  #fork(epoch: string, epochs: string, end: number): void {
    this.#shared = sharedOf(epochs);
    const place = Math.min(this.offset, this.#shared.get(this.epoch) ?? 0);
    this.epoch = epoch;
    this.notified = 0;
    this.#places.clear();
    this.#known = 0;
    this.#held = [];
    this.#tail!.rolledBack?.(place);
    // The place need not be one where the new history has ever ended: it cannot be asked for what is behind it.
    this.#goOnAt(end);
  }

  /** Whatever is up to here is read by those who follow its topics. */
  #goOnAt(end: number): void {
    this.offset = end;
    this.#tail!.skipped?.(end, this.followed);
    this.#forgetRecords(end);
  }

  /** @param end up to which they are of no use any more */
  #forgetRecords(end = Infinity): void {
    for (const [offset, { text }] of this.#records) {
      if (offset > end) return;
      this.#records.delete(offset);
      this.#characters -= text.length;
    }
  }
}

/** Reads the epochs before this one, each with the offset at which it ended; a later end may lie before an earlier one. */
function sharedOf(epochs: string): Map<string, number> {
  const words = epochs.split(' ');
  const shared = new Map<string, number>();
  let least = Infinity;
  for (let place = words.length - 2; place >= 0; place -= 2) {
    least = Math.min(least, Number(words[place + 1]));
    shared.set(words[place]!, least);
  }
  return shared;
}
