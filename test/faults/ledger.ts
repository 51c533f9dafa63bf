import type { SseEvent, SseHub } from 'nestjs-sse-hub';

const KNOWN = 10_000;

/** What was published, as a checker needs it: numbered over all, and within each topic. */
export class Ledger {
  published = 0;
  /** The last positions that the hub has answered with, and the numbers of their events. */
  readonly ids: { readonly id: string; readonly number: number }[] = [];
  readonly #numbersOf: number[][];

  constructor(
    private readonly hub: SseHub,
    readonly topics: number,
    private readonly random: () => number,
  ) {
    this.#numbersOf = Array.from({ length: topics }, () => []);
  }

  /** Publishes the next event: to one topic, or now and then to two; now and then with an id of its own. */
  async publish(): Promise<void> {
    const number = this.published++;
    const topics = new Set([this.#anyTopic()]);
    if (this.random() < 0.1) topics.add(this.#anyTopic());
    const places = [...topics].map((topic) => `${topic}:${this.#numbersOf[topic]!.push(number) - 1}`);
    const event: SseEvent<string> = { data: `${number} ${places.join(' ')}` };
    if (this.random() < 0.1) event.id = `own ${number}`;
    const { id } = await this.hub.publish([...topics].map(String), event);
    // An own id is known to those who follow its topic only.
    if (event.id === undefined && this.ids.push({ id, number }) > KNOWN) this.ids.shift();
  }

  /** How many of the events up to this number were published to the topic. */
  countUpTo(topic: number, number: number): number {
    const numbers = this.#numbersOf[topic]!;
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numbers[middle]! <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** How many events were published to the topic. */
  count(topic: number): number {
    return this.#numbersOf[topic]!.length;
  }

  // Some topics are busier than others: what they retain is not all that was published to them.
  #anyTopic(): number {
    return Math.floor(this.random() ** 2 * this.topics);
  }
}
