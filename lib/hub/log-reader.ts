import { isPromiseLike, type Awaitable } from '../log/awaitable.js';
import type { EventLog, Located, LogStart, ReadQuery } from '../log/event-log.js';
import { isPrivate, type TopicKey } from '../log/topic-key.js';
import type { Limits } from '../options/limit-options.js';
import { Replay } from './replay.js';
import { RecentReplays } from './recent-replays.js';

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
  /** What is or was in the queue for somebody. */
  readonly #waits = new WeakMap<object, string[]>();
  readonly #recent = new RecentReplays();
  #active = 0;
  #unshared = 0;

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

  /** @param asker whoever waits for the answer, for {@link forget} */
  end(asker: object): Awaitable<number> {
    // An answer that is on its way may be older than what this asker has seen.
    return this.#queued<number>('end', asker) ?? this.#ask('end', asker, () => this.log.end());
  }

  locate(keys: Iterable<TopicKey>, start: LogStart, asker: object): Awaitable<Located> {
    const name = `locate ${named(keys)}${JSON.stringify(start)}`;
    return this.#joined<Located>(name, asker) ?? this.#ask(name, asker, () => this.log.locate(keys, start));
  }

  /** Reads; what is sent to a user apart from what others follow too, so that they can share that. */
  read(query: ReadQuery, asker: object): Awaitable<Replay> {
    const all = [...query.keys];
    const own = all.filter(isPrivate);
    if (own.length === 0 || own.length === all.length) return this.#read(query, all, asker);
    const shared = all.filter((key) => !isPrivate(key));
    const others = this.#read(query, shared, asker);
    const mine = this.#read(query, own, asker);
    if (!isPromiseLike(others) && !isPromiseLike(mine)) return others.with(mine);
    return Promise.all([others, mine]).then(([one, other]) => one.with(other));
  }

  /** Whoever has asked does not wait for the answer any more. */
  forget(asker: object): void {
    for (const name of this.#waits.get(asker) ?? []) {
      const waiting = this.#queue.get(name)?.waiting;
      if (waiting?.delete(asker) && waiting.size === 0) this.#queue.delete(name);
    }
    this.#waits.delete(asker);
  }

  #read(query: ReadQuery, keys: readonly TopicKey[], asker: object): Awaitable<Replay> {
    const { after, later, limit } = query;
    // Whoever follows some topics from a later place reads something of its own.
    if (later !== undefined) {
      const name = `unshared ${++this.#unshared}`;
      return this.#ask(name, asker, () => this.#replay({ ...query, keys }));
    }
    const name = `read ${this.epoch} ${after} ${limit} ${named(keys)}`;
    return (
      this.#recent.find(name) ??
      this.#joined<Replay>(name, asker) ??
      this.#ask(name, asker, () => this.#replay({ keys, after, limit }, name))
    );
  }

  #replay(query: ReadQuery, name?: string): Awaitable<Replay> {
    const keep = (replay: Replay): Replay => {
      // An answer that leads nowhere would be given again and again.
      if (name !== undefined && replay.records.length > 0) this.#recent.keep(name, replay);
      return replay;
    };
    const result = this.log.read(query);
    return isPromiseLike(result) ? result.then((read) => keep(new Replay(read))) : keep(new Replay(result));
  }

  #joined<T>(name: string, asker: object): Promise<T> | undefined {
    return (this.#asked.get(name) as Promise<T> | undefined) ?? this.#queued(name, asker);
  }

  #queued<T>(name: string, asker: object): Promise<T> | undefined {
    const question = this.#queue.get(name);
    if (question === undefined) return undefined;
    this.#wait(question, name, asker);
    return question.answer as Promise<T>;
  }

  #ask<T>(name: string, asker: object, ask: () => Awaitable<T>): Awaitable<T> {
    if (this.#active >= this.limits.concurrentReads) return this.#enqueue(name, asker, ask);
    const answer = ask();
    return isPromiseLike(answer) ? this.#track(name, answer) : answer;
  }

  #track<T>(name: string, answer: PromiseLike<T>): Promise<T> {
    this.#active++;
    const settled = Promise.resolve(answer).finally(() => {
      this.#active--;
      if (this.#asked.get(name) === settled) this.#asked.delete(name);
      this.#askNext();
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
    if (waits === undefined) this.#waits.set(asker, [name]);
    else if (!waits.includes(name)) waits.push(name);
  }

  #askNext(): void {
    if (this.#active >= this.limits.concurrentReads) return;
    const [next] = this.#queue;
    if (next === undefined) return;
    this.#queue.delete(next[0]);
    next[1].ask();
  }
}

/** The keys as one text that no other keys have. */
function named(keys: Iterable<TopicKey>): string {
  let name = '';
  for (const key of keys) name += `${key.length} ${key}`;
  return name;
}
