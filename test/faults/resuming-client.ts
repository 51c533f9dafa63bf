import { get, type ClientRequest } from 'node:http';
import { parsePosition } from '../../lib/log/position.js';
import type { Ledger } from './ledger.js';

const MOST_EVENTS = 200;
// Of one event, about.
const EVENT_BYTES = 45;

/**
 * A client that is cut at a random byte again and again, comes back with the last id that it has seen, and checks that
 * it gets every event of its topics once and in order.
 */
export class ResumingClient {
  connections = 0;
  readonly #next = new Map<number, number>();
  #lastNumber = -1;
  #lastId: string | undefined = undefined;
  #hasBegun = false;
  #byQuery = false;
  #request: ClientRequest | undefined = undefined;
  #left = false;

  constructor(
    private readonly port: number,
    private readonly topics: readonly number[],
    private readonly ledger: Ledger,
    private readonly random: () => number,
    private readonly onWrong: (what: string) => void,
  ) {
    const known = ledger.ids[Math.floor(random() * ledger.ids.length)];
    if (known === undefined || random() < 0.5) return;
    this.#byQuery = true;
    this.#lastId = known.id;
    this.#begin(known.number);
  }

  /** Whether it has seen everything that was published to its topics. */
  get isDone(): boolean {
    return this.#hasBegun && this.topics.every((topic) => this.#next.get(topic) === this.ledger.count(topic));
  }

  connect(): void {
    this.connections++;
    let query = `topics=${this.topics.join()}`;
    const headers: Record<string, string> = {};
    if (this.#lastId !== undefined && this.#byQuery)
      query += `&lastEventId=${encodeURIComponent(this.#lastId)}`;
    else if (this.#lastId !== undefined) headers['Last-Event-ID'] = this.#lastId;
    this.#byQuery = false;
    const request = get({ port: this.port, path: `/?${query}`, headers, agent: false }, (response) => {
      this.#read(response);
    });
    request.on('error', () => undefined);
    request.on('close', () => {
      if (!this.#left) this.connect();
    });
    this.#request = request;
  }

  /** Ends the connection; the next one follows. */
  cut(): void {
    this.#request?.destroy();
  }

  leave(): void {
    this.#left = true;
    this.cut();
  }

  #read(response: NodeJS.ReadableStream): void {
    let bytesLeft = 1 + Math.floor(this.random() * 2 * MOST_EVENTS * EVENT_BYTES);
    let eventsLeft = MOST_EVENTS;
    let pending = '';
    response.on('data', (chunk: Buffer) => {
      if (bytesLeft <= 0 || eventsLeft <= 0) return;
      const blocks = (pending + chunk.toString('latin1', 0, Math.min(chunk.length, bytesLeft))).split('\n\n');
      bytesLeft -= chunk.length;
      pending = blocks.pop()!;
      for (const block of blocks) {
        if (eventsLeft-- <= 0) break;
        this.#take(block);
      }
      if (bytesLeft <= 0 || eventsLeft <= 0) this.cut();
    });
  }

  #take(block: string): void {
    let id: string | undefined;
    let data: string | undefined;
    for (const line of block.split('\n')) {
      if (line.startsWith('id:')) id = line.slice(3);
      else if (line.startsWith('data:')) data = line.slice(5);
      else this.onWrong(`an unexpected block: ${block}`);
    }
    if (id === undefined) return this.onWrong(`a block without an id: ${block}`);
    this.#lastId = id;
    if (data !== undefined) this.#check(data);
    // The first block of a stream that begins now says where it begins.
    else if (!this.#hasBegun) this.#begin(parsePosition(id)!.offset - 1);
  }

  /** Expects what was published behind the event with this number. */
  #begin(number: number): void {
    this.#hasBegun = true;
    this.#lastNumber = number;
    for (const topic of this.topics) this.#next.set(topic, this.ledger.countUpTo(topic, number));
  }

  #check(data: string): void {
    const [number, ...places] = data.split(' ');
    if (Number(number) <= this.#lastNumber)
      this.onWrong(`event ${number} came after event ${this.#lastNumber}`);
    this.#lastNumber = Number(number);
    let isFollowed = false;
    for (const place of places) {
      const [topic, count] = place.split(':').map(Number) as [number, number];
      const expected = this.#next.get(topic);
      if (expected === undefined) continue;
      isFollowed = true;
      if (count !== expected) this.onWrong(`of topic ${topic} ${count} came instead of ${expected}`);
      this.#next.set(topic, count + 1);
    }
    if (!isFollowed) this.onWrong(`an event of topics that are not followed: ${data}`);
  }
}
