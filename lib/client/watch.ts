/** Calls back when nothing has happened for so long while something was waited for. One timer, however often it is told. */
export class Watch {
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  /** Since when it is waited; undefined while it is not. */
  #since: number | undefined = undefined;

  /** @param milliseconds 0: never */
  constructor(
    private readonly milliseconds: number,
    private readonly onSilence: () => void,
  ) {}

  /** Begins to wait. */
  wait(): void {
    if (this.milliseconds === 0) return;
    this.#since = performance.now();
    if (this.#timer === undefined) this.#arm(this.milliseconds);
  }

  /** What was waited for has come. */
  rest(): void {
    this.#since = undefined;
  }

  stop(): void {
    this.rest();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#look(), milliseconds);
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#since === undefined) return;
    const left = this.#since + this.milliseconds - performance.now();
    // A timer may come a little before its time.
    if (left > 1) this.#arm(left);
    else this.onSilence();
  }
}
