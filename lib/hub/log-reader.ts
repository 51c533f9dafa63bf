import { andThen, isPromiseLike, type Awaitable } from '../async/awaitable.js';
import type { EventLog, Located, LogStart, ReadQuery } from '../log/event-log.js';
import { isPrivate, type TopicKey } from '../log/topic-key.js';
import type { Limits } from '../options/limit-options.js';
import { Replay } from './replay.js';
import { RecentReplays, type ReplayQuery } from './recent-replays.js';

// Milliseconds after which an answer is no longer counted on: the same is asked anew for those who come.
const PATIENCE_MS = 10_000;

/** A question to the log, and who waits for its answer. */
interface Question {
  readonly answer: Promise<unknown>;
  readonly waiting: Set<object>;
  /** Asks it. */
  readonly ask: () => void;
}

/**
 * Asks the log on behalf of all streams: only so many questions at once, and the same one only once. When all clients
 * come back after a deployment, those who have left off at the same place read it together.
 */
export class LogReader {
  /** Questions that wait for their turn, in their order; one that stands here is answered as of later than now. */
  readonly #queue = new Map<string, Question>();
  /** Questions that are being answered. */
  readonly #asked = new Map<string, Promise<unknown>>();
  /** What is in the queue for somebody. */
  readonly #waits = new WeakMap<object, Set<string>>();
  readonly #recent = new RecentReplays();
  #active = 0;
  #alone = 0;

  constructor(
    private readonly log: EventLog,
    private readonly limits: Limits,
  ) {}

  /** Characters that an id can have. */
  get idLength(): number {
    return this.limits.lastEventIdLength;
  }

  get epoch(): string {
    return this.log.epoch;
  }

  /** Up to where the log's history is that of an earlier epoch too; undefined where it is not known. */
  sharedWith(epoch: string): number | undefined {
    return this.log.sharedWith?.(epoch);
  }

  /** @param asker whoever waits for the answer, for {@link forget} */
  end(asker: object): Awaitable<number> {
    // An answer that is on its way may be older than what this asker has seen; all who come meanwhile share the next.
    const isOnItsWay = this.#active > 0 && this.#asked.has('end');
    return this.#queued<number>(theEnd, asker) ?? this.#ask(theEnd, asker, () => this.log.end(), isOnItsWay);
  }

  /** Makes sure that a client's position is one of this history: the log has another epoch by then where it is not. */
  verify(offset: number, asker: object): Awaitable<void> {
    if (this.log.verify === undefined) return undefined;
    const name = () => `verify ${this.epoch} ${offset}`;
    return this.#joined<void>(name, asker) ?? this.#ask(name, asker, () => this.log.verify!(offset));
  }

  locate(keys: Iterable<TopicKey>, start: LogStart, asker: object): Awaitable<Located> {
    // The asker may follow other topics before it is its turn.
    const asked = [...keys];
    const name = () => `locate ${named(asked)}${JSON.stringify(start)}`;
    return this.#joined<Located>(name, asker) ?? this.#ask(name, asker, () => this.log.locate(asked, start));
  }

  /** Reads; what is sent to a user apart from what others follow too, so that they can share that. */
  read(query: ReadQuery, asker: object): Awaitable<Replay> {
    const all = [...query.keys];
    if (!all.some(isPrivate) || all.every(isPrivate)) return this.#read(query, all, asker);
    const own = all.filter(isPrivate);
    const shared = all.filter((key) => !isPrivate(key));
    const others = this.#read(query, shared, asker);
    // Where the second question fails at once, nobody waits for the answer to the first.
    if (isPromiseLike(others)) others.catch(() => undefined);
    const mine = this.#read(query, own, asker);
    if (!isPromiseLike(others) && !isPromiseLike(mine)) return others.with(mine);
    return Promise.all([others, mine]).then(([one, other]) => one.with(other));
  }

  /** Whoever has asked does not wait for the answer any more. */
  forget(asker: object): void {
    for (const name of this.#waits.get(asker) ?? []) {
      const { waiting } = this.#queue.get(name)!;
      waiting.delete(asker);
      if (waiting.size === 0) this.#queue.delete(name);
    }
    this.#waits.delete(asker);
  }

  #read({ after, later, limit }: ReadQuery, keys: readonly TopicKey[], asker: object): Awaitable<Replay> {
    if (later !== undefined) return this.#readAlone({ keys, after, later: new Map(later), limit }, asker);
    const { epoch } = this;
    const query: ReplayQuery = { epoch, keys, after, limit };
    const name = () => `read ${epoch} ${after} ${limit} ${named(keys)}`;
    return (
      this.#recent.find(query) ??
      this.#joined<Replay>(name, asker) ??
      this.#ask(name, asker, () => andThen(this.#replay(query), (replay) => this.#keep(query, replay)))
    );
  }

  /** Whoever follows some topics from a later place reads something of its own. */
  #readAlone(query: ReadQuery, asker: object): Awaitable<Replay> {
    const name = `alone ${++this.#alone}`;
    return this.#ask(
      () => name,
      asker,
      () => this.#replay(query),
    );
  }

  #replay(query: ReadQuery): Awaitable<Replay> {
    return andThen(this.log.read(query), (result) => Replay.of(result, this.epoch));
  }

  #keep(query: ReplayQuery, replay: Replay): Replay {
    // An answer that leads nowhere would be given again and again, and what a user was sent nobody else asks for.
    if (replay.records.length > 0 && !query.keys.some(isPrivate)) this.#recent.keep(query, replay);
    return replay;
  }

  // Names are made where answers are waited for: a log in memory needs none.
  #joined<T>(name: () => string, asker: object): Promise<T> | undefined {
    if (this.#active === 0) return undefined;
    return (this.#asked.get(name()) as Promise<T> | undefined) ?? this.#queued(name, asker);
  }

  #queued<T>(name: () => string, asker: object): Promise<T> | undefined {
    if (this.#queue.size === 0) return undefined;
    const question = this.#queue.get(name());
    if (question === undefined) return undefined;
    this.#wait(question, name(), asker);
    return question.answer as Promise<T>;
  }

  /** @param waits whether it must wait for an answer, also where there is room */
  #ask<T>(name: () => string, asker: object, ask: () => Awaitable<T>, waits = false): Awaitable<T> {
    if (waits || this.#active >= this.limits.concurrentReads) return this.#enqueue(name(), asker, ask);
    const answer = ask();
    return isPromiseLike(answer) ? this.#track(name(), answer) : answer;
  }

  #track<T>(name: string, answer: PromiseLike<T>): Promise<T> {
    this.#active++;
    let isDone = false;
    const done = () => {
      if (isDone) return;
      isDone = true;
      this.#active--;
      if (this.#asked.get(name) === settled) this.#asked.delete(name);
      this.#askNext();
    };
    // An answer that was lost must not keep others from theirs.
    const patience = setTimeout(done, PATIENCE_MS).unref();
    const settled: Promise<T> = Promise.resolve(answer).finally(() => {
      clearTimeout(patience);
      done();
    });
    this.#asked.set(name, settled);
    return settled;
  }

  #enqueue<T>(name: string, asker: object, toAnswer: () => Awaitable<T>): Promise<T> {
    let begin!: () => void;
    const answer = new Promise<void>((resolve) => (begin = resolve)).then(toAnswer);
    const ask = () => {
      this.#track(name, answer).catch(() => undefined);
      begin();
    };
    const question: Question = { answer, ask, waiting: new Set() };
    this.#queue.set(name, question);
    this.#wait(question, name, asker);
    return answer;
  }

  #wait(question: Question, name: string, asker: object): void {
    question.waiting.add(asker);
    const waits = this.#waits.get(asker);
    if (waits === undefined) this.#waits.set(asker, new Set([name]));
    else waits.add(name);
  }

  #askNext(): void {
    if (this.#active >= this.limits.concurrentReads) return;
    const [next] = this.#queue;
    if (next === undefined) return;
    const [name, question] = next;
    this.#queue.delete(name);
    for (const asker of question.waiting) this.#waits.get(asker)!.delete(name);
    question.ask();
  }
}

const theEnd = (): string => 'end';

/** The keys as one text that no other keys have. */
function named(keys: Iterable<TopicKey>): string {
  let name = '';
  for (const key of keys) name += `${key.length} ${key}`;
  return name;
}
