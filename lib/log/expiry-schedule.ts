import { now } from './clock.js';

const TICK = 1_000;
// Topics are looked at in groups, at most an age / 64 after their oldest event has expired.
const GROUPS_PER_AGE = 64;

/** A topic whose records expire. */
export interface ExpiringTopic {
  readonly retention: { readonly age: number };
  /** When the schedule looks at it next. */
  due: number;
}

/** Tells which topics hold expired events: groups of topics by the time of the next look, and one timer for all. */
export class ExpirySchedule<Topic extends ExpiringTopic> {
  readonly #groups = new Map<number, Set<Topic>>();
  #timer: NodeJS.Timeout | undefined = undefined;

  /** @param expire takes what has expired from the topic and, where something is left, schedules it anew */
  constructor(readonly expire: (topic: Topic, time: number) => void) {}

  /** Plans to look at the topic when something that happened at `since` is as old as its age allows. */
  add(topic: Topic, since: number): void {
    const { age } = topic.retention;
    if (age === Infinity) return;
    const width = Math.max(TICK, age / GROUPS_PER_AGE);
    topic.due = Math.ceil((since + age) / width) * width;
    const group = this.#groups.get(topic.due);
    if (group === undefined) this.#groups.set(topic.due, new Set([topic]));
    else group.add(topic);
    this.#timer ??= setInterval(() => this.#look(), TICK).unref();
  }

  remove(topic: Topic): void {
    const group = this.#groups.get(topic.due);
    if (group?.delete(topic) && group.size === 0) this.#groups.delete(topic.due);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#groups.clear();
  }

  #look(): void {
    const time = now();
    for (const [due, group] of this.#groups) {
      if (due > time) continue;
      this.#groups.delete(due);
      for (const topic of group) this.expire(topic, time);
    }
    if (this.#groups.size === 0) this.stop();
  }
}
