import type { EventLog } from '../log/event-log.js';

/** What keeps a log from taking events: in words for everybody, and what the log itself has said. */
export interface LogTrouble {
  readonly message: string;
  readonly cause?: unknown;
}

// Milliseconds after which a question that was not answered is asked again.
const PATIENCE_MS = 30_000;

const OPENING: LogTrouble = { message: 'the log is not open yet' };

/** Asks a log how it is, one question at a time: probes do not pile up before a log that does not answer. */
export class LogHealth {
  #opening: LogTrouble | undefined = OPENING;
  #answer: Promise<LogTrouble | undefined> | undefined = undefined;

  constructor(
    opened: Promise<void>,
    private readonly log: EventLog | undefined,
  ) {
    opened.then(
      () => (this.#opening = undefined),
      (cause: unknown) => (this.#opening = { message: 'the log could not be opened', cause }),
    );
  }

  /** What is wrong, known within so many milliseconds. */
  async trouble(timeout: number): Promise<LogTrouble | undefined> {
    if (this.#opening !== undefined || this.log?.health === undefined) return this.#opening;
    const answer = (this.#answer ??= this.#begin(this.log));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<LogTrouble>((resolve) => {
      timer = setTimeout(resolve, timeout, { message: `the log has not answered within ${timeout} ms` });
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** An answer that was lost is given up after a while, and the log asked again. */
  #begin(log: EventLog): Promise<LogTrouble | undefined> {
    const forget = () => {
      clearTimeout(patience);
      if (this.#answer === answer) this.#answer = undefined;
    };
    const patience = setTimeout(forget, PATIENCE_MS).unref();
    const answer = this.#ask(log).finally(forget);
    return answer;
  }

  async #ask(log: EventLog): Promise<LogTrouble | undefined> {
    try {
      await log.health?.();
      return undefined;
    } catch (cause) {
      return { message: 'the log cannot take events', cause };
    }
  }
}
