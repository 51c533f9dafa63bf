import { parsePosition } from '../../../lib/log/position.js';
import { parseNumbered, type Acknowledged, type Evidence, type Seen } from './records.js';

export interface Verdict {
  /** What must not have happened. */
  readonly wrong: readonly string[];
  /** Gaps that were told, by their reason. */
  readonly gaps: Readonly<Record<string, number>>;
  /** Events that clients have not had and were told of, over all clients. */
  readonly told: number;
  readonly delivered: number;
}

/** Where an event is in what a client has seen. */
interface Sight {
  readonly place: number;
  readonly sequence: number;
}

/**
 * Reads what everybody has seen. Of each topic that it follows, a client must have every event that was acknowledged, once
 * and in order, and nothing else; what the log has lost, and what comes again, must have a gap before what comes next.
 * What is left in the log nobody may miss. All must have the same order, and no offset may name two events.
 */
export function check({ acknowledged, survivors, clients }: Evidence): Verdict {
  const wrong: string[] = [];
  const order = new Order((what) => wrong.push(what));
  for (const event of acknowledged) order.take(event.id, numbersOf(event), 'the publisher');
  for (const event of survivors)
    if (event.kind === 'event') order.take(event.id, event.data.split(' ', 1)[0]!, 'the log');
  const sequences = sequencesOf(acknowledged);
  const gaps: Record<string, number> = {};
  let told = 0;
  let delivered = 0;
  for (const [name, { topics, seen }] of clients) {
    const complain = (what: string) => wrong.push(`${name}: ${what}`);
    for (const each of seen) if (each.kind === 'gap') gaps[each.reason] = (gaps[each.reason] ?? 0) + 1;
    checkOffsets(name, seen, order, complain);
    const sights = sightsOf(seen, new Set(topics), complain);
    const reasons = gapPlaces(seen);
    checkSurvivors(topics, seen, survivors, complain);
    for (const topic of topics) {
      const had = sights.get(topic)!;
      delivered += had.length;
      told += checkTopic(topic, had, sequences.get(topic) ?? [], reasons, complain);
    }
  }
  return { wrong, gaps, told, delivered };
}

/** Which event each offset names, whoever says so. */
class Order {
  readonly #events = new Map<number, string>();

  constructor(private readonly onWrong: (what: string) => void) {}

  take(id: string, event: string, witness: string): void {
    const position = parsePosition(id);
    if (position === undefined) return this.onWrong(`${witness}: ${id} is no position`);
    const known = this.#events.get(position.offset);
    if (known === undefined) this.#events.set(position.offset, event);
    else if (known !== event)
      this.onWrong(`${witness}: the offset of ${id} names event ${event}, and event ${known} too`);
  }
}

function checkOffsets(
  name: string,
  seen: readonly Seen[],
  order: Order,
  complain: (what: string) => void,
): void {
  let last = 0;
  for (const each of seen) {
    if (each.kind !== 'event') continue;
    order.take(each.id, numbersOf(parseNumbered(each.data)), name);
    const offset = offsetOf(each.id);
    if (offset <= last) complain(`event ${each.data} has an offset that is not behind the one before`);
    last = offset;
  }
}

function sightsOf(
  seen: readonly Seen[],
  topics: ReadonlySet<number>,
  complain: (what: string) => void,
): Map<number, Sight[]> {
  const sights = new Map<number, Sight[]>();
  for (const topic of topics) sights.set(topic, []);
  for (const [place, each] of seen.entries()) {
    if (each.kind !== 'event') continue;
    const followed = parseNumbered(each.data).places.filter(([topic]) => topics.has(topic));
    if (followed.length === 0) complain(`event ${each.data} is of topics that are not followed`);
    for (const [topic, sequence] of followed) sights.get(topic)!.push({ place, sequence });
  }
  return sights;
}

/** What the log has kept must have come, whatever was told of as missing. */
function checkSurvivors(
  topics: readonly number[],
  seen: readonly Seen[],
  survivors: readonly Seen[],
  complain: (what: string) => void,
): void {
  const had = new Set<number>();
  for (const each of seen) if (each.kind === 'event') had.add(offsetOf(each.id));
  for (const each of survivors) {
    if (each.kind !== 'event' || had.has(offsetOf(each.id))) continue;
    const { places } = parseNumbered(each.data);
    if (places.some(([topic]) => topics.includes(topic)))
      complain(`event ${each.data} is in the log and did not come`);
  }
}

/** @returns how many events are missing, and told of */
function checkTopic(
  topic: number,
  had: readonly Sight[],
  published: readonly number[],
  gaps: readonly number[],
  complain: (what: string) => void,
): number {
  const isTold = (from: number, to: number) => gaps.some((place) => place > from && place < to);
  const missing = new Set(published);
  let before: Sight = { place: -1, sequence: -1 };
  for (const sight of [...had, { place: Infinity, sequence: Infinity }]) {
    const isAgain = sight.sequence <= before.sequence;
    const isNext = sight.sequence === before.sequence + 1;
    if (isAgain && !isTold(before.place, sight.place))
      complain(`of topic ${topic} ${sight.sequence} came behind ${before.sequence}`);
    if (!isAgain && !isNext && !isTold(before.place, sight.place)) {
      const between = published.filter((each) => each > before.sequence && each < sight.sequence);
      if (between.length > 0)
        complain(
          `of topic ${topic} ${between.join()} did not come behind ${before.sequence}, and no gap told of it`,
        );
    }
    missing.delete(sight.sequence);
    before = sight;
  }
  return missing.size;
}

function gapPlaces(seen: readonly Seen[]): number[] {
  return [...seen.keys()].filter((place) => seen[place]!.kind === 'gap');
}

function sequencesOf(acknowledged: readonly Acknowledged[]): Map<number, number[]> {
  const sequences = new Map<number, number[]>();
  for (const { places } of acknowledged) {
    for (const [topic, sequence] of places) {
      const known = sequences.get(topic);
      if (known === undefined) sequences.set(topic, [sequence]);
      else known.push(sequence);
    }
  }
  return sequences;
}

function offsetOf(id: string): number {
  return parsePosition(id)?.offset ?? 0;
}

function numbersOf({ number }: { readonly number: number }): string {
  return String(number);
}
