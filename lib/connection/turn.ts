/** Whoever keeps bytes back until the turn is over. */
export interface Corked {
  uncork(): void;
}

/**
 * The present turn of the event loop. At its end everything is written that is due to the connections, with one write
 * for each: first what the tasks of the turn add to it, then what has been kept back.
 */
export class Turn {
  #isEnding = false;
  #isScheduled = false;
  #tasks: (() => void)[] = [];
  #corked: Corked[] = [];

  /** Whether it is ending: what is written now need not be kept back. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Has something done when the turn ends; what is planned while it ends is done when the next one does. */
  atEnd(task: () => void): void {
    this.#tasks.push(task);
    this.#schedule();
  }

  /** Has what is kept back written when the turn ends, behind what the tasks have added to it. */
  uncorkAtEnd(corked: Corked): void {
    this.#corked.push(corked);
    this.#schedule();
  }

  // setImmediate, not a microtask: publishes that await each other belong to one turn.
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#end());
  }

  #end(): void {
    const tasks = this.#tasks;
    this.#isScheduled = false;
    this.#tasks = [];
    this.#isEnding = true;
    for (const task of tasks) {
      try {
        task();
      } catch (error) {
        leaveUncaught(error);
      }
    }
    this.#isEnding = false;
    const corked = this.#corked;
    this.#corked = [];
    for (const one of corked) {
      try {
        one.uncork();
      } catch (error) {
        leaveUncaught(error);
      }
    }
  }
}

/** What one of the things throws that are due keeps none of the others from being done, and is uncaught all the same. */
function leaveUncaught(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
