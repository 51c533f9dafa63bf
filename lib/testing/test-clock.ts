import { checkDelay } from '../options/check.js';

type FakeTimers = typeof import('@sinonjs/fake-timers');

// Those of the machine, whatever is faked later.
const { setImmediate } = globalThis;

/** Turns of the event loop in which what a timer has sent over sockets gets to the other side and is answered. */
const TURNS = 10;

/**
 * The time of a test: `Date`, `performance.now()`, `setTimeout` and `setInterval` stand still, and go on when the test
 * says so. Sockets, promises and `setImmediate` are left alone, so an application serves its streams meanwhile.
 * Needs the optional peer `@sinonjs/fake-timers`, which is what the fake timers of Jest, Vitest and Sinon are made of.
 *
 *     const clock = await TestClock.install();
 *     const stream = await openStream(app, '/prices');
 *     await clock.advance(15_000); // a heartbeat
 *     clock.uninstall();
 */
export class TestClock {
  readonly #clock: ReturnType<FakeTimers['install']>;

  private constructor({ install }: FakeTimers, now: number) {
    // The log adds the two. Without fractions, so that what is due after a time is due when that has passed.
    const timeOrigin = Math.trunc(performance.timeOrigin);
    const toFake = [
      'Date',
      'performance',
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
    ] as const;
    const clock = install({ now, toFake: [...toFake] });
    Object.assign(clock.performance, { timeOrigin, now: () => clock.now - timeOrigin });
    this.#clock = clock;
  }

  /**
   * Has the time stand still. Install the clock before the application is made, so that no timer of it is a real one,
   * and uninstall it before `app.close()`, which waits for the times of a shutdown where streams are open.
   * @param options.now what time it is: milliseconds since 1970, or a date; the machine's time by default
   * @throws Error where `@sinonjs/fake-timers` is not installed, or timers are faked already
   */
  static async install(options: { now?: number | Date } = {}): Promise<TestClock> {
    const { now = Date.now() } = options;
    return new TestClock(await fakeTimers(), Number(now));
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.#clock.now;
  }

  /**
   * Lets so many milliseconds pass: runs what is due in them in its order, and lets what that has sent arrive before the
   * next is due.
   * @throws whatever a timer throws
   */
  async advance(milliseconds: number): Promise<void> {
    const clock = this.#clock;
    const over = new AbortController();
    await settle();
    clock.setTimeout(() => over.abort(), checkDelay('milliseconds', milliseconds, 0));
    while (!over.signal.aborted) {
      await clock.nextAsync();
      await settle();
    }
    // What became due at the end after that end had been set.
    await clock.tickAsync(0);
    await settle();
  }

  /** Has the time of the machine go on. Timers that are waiting are forgotten. */
  uninstall(): void {
    this.#clock.uninstall();
  }
}

async function fakeTimers(): Promise<FakeTimers> {
  try {
    return await import('@sinonjs/fake-timers');
  } catch (error) {
    throw new Error('TestClock needs @sinonjs/fake-timers: npm install --save-dev @sinonjs/fake-timers', {
      cause: error,
    });
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
