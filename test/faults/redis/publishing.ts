import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { formatNumbered, type Acknowledged } from './records.js';

// Milliseconds until a publish is given up and tried again, and between two attempts.
const PATIENCE_MS = 3_000;
const PAUSE_MS = 50;

// Milliseconds after which nobody will acknowledge it any more.
const HANGS_MS = 60_000;

const LANES = 5;

export interface PublishingOptions {
  /** Where nodes are. */
  readonly port: number;
  readonly topics: number;
  /** Where what was acknowledged is written to. */
  readonly file: string;
  readonly random: () => number;
}

/**
 * Publishes numbered events at a pace, each to one topic or two, and tries each again until some node has acknowledged
 * it; topics that share events are published to one after the other, so that their numbers are in order.
 */
export class Publishing {
  /** How many were acknowledged. */
  acknowledged = 0;
  /** Attempts that have failed. */
  failures = 0;
  #given = 0;
  #isOver = false;
  readonly #next: number[];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #file: number;

  constructor(private readonly options: PublishingOptions) {
    this.#next = Array.from({ length: options.topics }, () => 0);
    this.#file = openSync(options.file, 'w');
  }

  /** How many events were published to a topic. */
  count(topic: number): number {
    return this.#next[topic]!;
  }

  /** Publishes so many within so many seconds, and rejects where one of them is acknowledged by nobody. */
  async publish(events: number, seconds: number): Promise<void> {
    const begin = performance.now();
    const from = this.#given;
    const lane = async (number: number) => {
      while (this.#given < from + events) {
        const due = ((this.#given - from) / events) * seconds * 1_000;
        this.#given++;
        await delay(Math.max(0, begin + due - performance.now()));
        await this.#publishOne(this.#someOf(number));
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
  }

  /** Publishes to each topic once. */
  async publishToAll(): Promise<void> {
    for (let topic = 0; topic < this.options.topics; topic++) await this.#publishOne([topic]);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#agent.destroy();
    closeSync(this.#file);
  }

  #someOf(lane: number): number[] {
    const { topics, random } = this.options;
    const any = () => lane + LANES * Math.floor(random() * Math.floor(topics / LANES));
    const some = new Set([any()]);
    if (random() < 0.1) some.add(any());
    return [...some];
  }

  async #publishOne(topics: readonly number[]): Promise<void> {
    const number = this.#next.reduce((sum, next) => sum + next, 0);
    const places = topics.map((topic): [number, number] => [topic, this.#next[topic]!++]);
    const event = { number, places };
    const body = JSON.stringify({
      topics: topics.map(String),
      data: formatNumbered(event),
      key: randomUUID(),
    });
    const end = performance.now() + HANGS_MS;
    for (;;) {
      if (this.#isOver || performance.now() > end) throw new Error(`event ${number} could not be published`);
      const id = await this.#post(body).catch(() => undefined);
      if (id !== undefined) return this.#note({ ...event, id });
      this.failures++;
      await delay(PAUSE_MS);
    }
  }

  #post(body: string): Promise<string | undefined> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return new Promise((resolve, reject) => {
      const asked = request(
        { port: this.options.port, method: 'POST', agent: this.#agent, signal },
        (answer) => {
          text(answer).then((id) => resolve(answer.statusCode === 200 ? id : undefined), reject);
        },
      );
      asked.on('error', reject).end(body);
    });
  }

  #note(event: Acknowledged): void {
    this.acknowledged++;
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
  }
}
