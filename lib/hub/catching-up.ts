import type { Turn } from '../connection/turn.js';
import { endOfSlice } from './slice.js';

/** Who catches up a piece at a time. */
export interface CatchingUpStream {
  /** Reads and writes the next piece. */
  goOn(): void;
}

/**
 * Has streams that catch up go on: in order, each with one piece a turn at the most, and in a turn as many of them as it
 * has room for. When all clients come back at once, others are served meanwhile.
 */
export class CatchingUp {
  #round: CatchingUpStream[] = [];
  #place = 0;
  #nextRound: CatchingUpStream[] = [];
  #isScheduled = false;
  readonly #atEndOfTurn = (): void => this.#goOn();

  constructor(private readonly turn: Turn) {}

  /** Has a stream go on in a later turn. */
  add(stream: CatchingUpStream): void {
    this.#nextRound.push(stream);
    this.#schedule();
  }

  #goOn(): void {
    this.#isScheduled = false;
    if (this.#place === this.#round.length) this.#beginRound();
    try {
      const end = endOfSlice();
      while (this.#place < this.#round.length) {
        this.#round[this.#place++]!.goOn();
        if (performance.now() >= end) break;
      }
    } finally {
      // Those that have had their piece have the next one in another turn.
      if (this.#place === this.#round.length) this.#beginRound();
      if (this.#round.length > 0) this.#schedule();
    }
  }

  #beginRound(): void {
    this.#round = this.#nextRound;
    this.#nextRound = [];
    this.#place = 0;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.turn.atEnd(this.#atEndOfTurn);
  }
}
