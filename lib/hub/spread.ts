import { wait } from '../async/wait.js';

// Milliseconds between two steps: what is due within it is done together.
const STEP = 10;

/** Does something with each item, evenly spread over so many milliseconds; stops where it is told to. */
export async function spread<T>(
  items: readonly T[],
  window: number,
  act: (items: readonly T[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const begin = performance.now();
  const gap = window / items.length;
  let done = 0;
  while (done < items.length && !signal.aborted) {
    const elapsed = performance.now() - begin;
    const due = gap === 0 ? items.length : Math.min(items.length, Math.floor(elapsed / gap) + 1);
    act(items.slice(done, due));
    done = due;
    // An abort ends the waiting, and then the loop.
    if (done < items.length) await wait(Math.max(STEP, done * gap - elapsed), signal);
  }
}
