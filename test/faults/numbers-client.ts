import { parsePosition } from '../../lib/log/position.js';
import { RawStream } from './raw-stream.js';

/** How a request has been answered: with a stream that says where it begins, or with when to come back. */
export type Answer = 'stream' | 'refused' | 'cut';

/**
 * Follows the numbers of the numbers server, of which it must get each `step`th, once and in order, wherever it begins
 * and however often it comes back; what was missed is told by a gap at the beginning, if at all.
 */
export class NumbersClient {
  /** The last id, as a browser would keep it. */
  lastId: string | undefined = undefined;
  lastNumber = 0;
  /** The reasons of the gaps that it was told of since it last connected. */
  gaps: string[] = [];
  status = 0;
  /** The last reconnection time that it was told, in milliseconds. */
  retry: number | undefined = undefined;
  /** Resolves when the request is answered. */
  answered: Promise<Answer> = Promise.resolve('cut');
  /** Resolves when the answer has ended. */
  ended: Promise<'complete' | 'cut'> = Promise.resolve('cut');
  #stream: RawStream | undefined = undefined;
  #next: number | undefined = undefined;
  #hasBegun = false;
  #hasNumber = false;
  #waiting: { number: number; resolve: () => void; reject: (error: Error) => void } | undefined = undefined;

  /** @param onWrong told of everything that must not happen */
  constructor(
    readonly topic: string,
    private readonly step: number,
    private readonly onWrong: (what: string) => void,
  ) {}

  /** Comes, or comes back. */
  connect(port: number): void {
    this.gaps = [];
    this.#hasBegun = false;
    this.#hasNumber = false;
    let onAnswer!: (answer: Answer) => void;
    let onEnd!: (end: 'complete' | 'cut') => void;
    this.answered = new Promise((resolve) => (onAnswer = resolve));
    this.ended = new Promise((resolve) => (onEnd = resolve));
    this.#stream = new RawStream(port, `/${this.topic}`, this.lastId, {
      onHead: (status) => (this.status = status),
      onBlock: (block) => {
        this.#take(block);
        if (this.#hasBegun) onAnswer('stream');
      },
      onEnd: (end) => {
        onAnswer(end === 'complete' ? 'refused' : 'cut');
        onEnd(end);
        this.#waiting?.reject(new Error(`the stream of ${this.topic} was ${end} at ${this.lastNumber}`));
      },
    });
  }

  leave(): void {
    this.#stream?.leave();
  }

  /** Resolves when it has seen this number, or a later one; rejects when its stream ends before. */
  until(number: number): Promise<void> {
    if (this.lastNumber >= number) return Promise.resolve();
    return new Promise((resolve, reject) => (this.#waiting = { number, resolve, reject }));
  }

  #take(block: string): void {
    let id: string | undefined;
    let event: string | undefined;
    let data: string | undefined;
    for (const line of block.split('\n')) {
      if (line.startsWith('id:')) id = line.slice(3);
      else if (line.startsWith('data:')) data = line.slice(5);
      else if (line.startsWith('event:')) event = line.slice(6);
      else if (line.startsWith('retry:')) this.retry = Number(line.slice(6));
      else this.onWrong(`an unexpected line: ${line}`);
    }
    if (id === undefined) return;
    this.lastId = id;
    if (event === 'gap') this.#onGap(data!);
    else if (data !== undefined) this.#onNumber(Number(data));
    else this.#next ??= this.#after(parsePosition(id)!.offset);
    this.#hasBegun = true;
  }

  #onGap(data: string): void {
    const { reason } = JSON.parse(data) as { reason: string };
    this.gaps.push(reason);
    if (this.#hasNumber) this.onWrong(`a gap behind ${this.lastNumber}: ${data}`);
    // What is retained begins somewhere.
    this.#next = undefined;
  }

  #onNumber(number: number): void {
    this.#next ??= number;
    if (number !== this.#next)
      this.onWrong(`${number} came to a client of ${this.topic} instead of ${this.#next}`);
    this.#next = number + this.step;
    this.lastNumber = number;
    this.#hasNumber = true;
    if (this.#waiting === undefined || this.#waiting.number > number) return;
    this.#waiting.resolve();
    this.#waiting = undefined;
  }

  #after(number: number): number {
    return (Math.floor(number / this.step) + 1) * this.step;
  }
}
