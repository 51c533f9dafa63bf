import { once } from 'node:events';

const PATIENCE_MS = 5_000;

/** Whether a child process is over, by itself or by a signal. */
export function hasEnded({ exitCode, signalCode }) {
  return exitCode !== null || signalCode !== null;
}

/** Resolves when a child process that has been told to end is over; it is killed where it does not do so in time. */
export async function untilEnded(child, patienceMs = PATIENCE_MS) {
  if (hasEnded(child)) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await once(child, 'exit');
  clearTimeout(timer);
}
