import { openSync, readFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  memoryLog,
  SseHub,
  type EventLog,
  type Located,
  type LogEntry,
  type LogStart,
  type LogTail,
  type ReadQuery,
  type ReadResult,
  type TopicKey,
} from 'nestjs-sse-hub';

/**
 * Publishes the numbers, one after the other, all the time: each to the topic `all`, every tenth to `tens` too. The
 * file COUNT holds the last one. Whoever runs it again has a log that knows what came before, as a shared one would:
 * offsets are the numbers.
 */
const { PORT, COUNT = '', CONNECTIONS = 'Infinity', READS = '32' } = process.env;

const EVERY_MS = 10;
const ANSWER_MS = 2;

/** A log that answers later, and counts what it is asked. */
class NumbersLog implements EventLog {
  readonly supports = { durable: true, distributed: true };
  readonly epoch = 'numbers1';
  readonly asked = { read: 0, end: 0, locate: 0, atOnce: 0 };
  #open = 0;
  #isOpen = false;
  readonly #log = memoryLog({ retention: { count: 2_000, age: Infinity, bytes: Infinity } });

  constructor(private readonly before: number) {}

  async open(tail: LogTail): Promise<number> {
    this.#log.open({
      committed: (record) => {
        if (this.#isOpen) tail.committed(record);
      },
    });
    for (let number = 1; number <= this.before; number++) {
      const keys = topicsOf(number).map((topic): TopicKey => `t:${topic}`);
      this.#log.append({ keys, body: `data:${number}\n\n`, kind: 'json', time: Date.now() });
    }
    this.#isOpen = true;
    return this.before;
  }

  append(entry: LogEntry): number {
    return this.#log.append(entry);
  }

  read({ keys, after, later, limit }: ReadQuery): Promise<ReadResult> {
    const query = { keys: [...keys], after, later: later && new Map(later), limit };
    return this.#answer('read', () => this.#log.read(query));
  }

  end(): Promise<number> {
    return this.#answer('end', () => this.#log.end());
  }

  locate(keys: Iterable<TopicKey>, start: LogStart): Promise<Located> {
    const asked = [...keys];
    return this.#answer('locate', () => this.#log.locate(asked, start));
  }

  close(): void {
    this.#log.close();
  }

  async #answer<T>(what: 'read' | 'end' | 'locate', answer: () => T): Promise<T> {
    this.asked[what]++;
    this.#open++;
    this.asked.atOnce = Math.max(this.asked.atOnce, this.#open);
    await delay(ANSWER_MS);
    this.#open--;
    return answer();
  }
}

function topicsOf(number: number): string[] {
  return number % 10 === 0 ? ['all', 'tens'] : ['all'];
}

let last = Number(readFileSync(COUNT, 'utf8'));
const file = openSync(COUNT, 'r+');
const log = new NumbersLog(last);
const hub = new SseHub({
  log,
  limits: { connections: Number(CONNECTIONS), concurrentReads: Number(READS) },
  overloadRetry: { min: 20_000, max: 40_000 },
});
const server = createServer((request, response) => {
  if (request.url === '/asked') response.end(JSON.stringify(log.asked));
  else hub.open(request, response, { stream: hub.stream(request.url!.slice(1)) });
});
await hub.ready;
setInterval(() => {
  const number = ++last;
  writeSync(file, String(number), 0);
  void hub.publish(topicsOf(number), { data: number });
}, EVERY_MS);
// What is tried is the hub, not how many connections the system lets wait.
server.listen({ port: Number(PORT), host: '127.0.0.1', backlog: 8_192 }, () => {
  console.log('Listening on', (server.address() as AddressInfo).port);
});
