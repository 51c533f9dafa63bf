import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Nanoseconds of CPU time that all threads of a process have taken, as the scheduler of Linux counts them. */
export function cpuTimeOf(pid) {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ', 1)[0]);
  }
  return sum;
}

/** Bytes of a process that are in memory. */
export function residentBytesOf(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(kilobytes) * 1024;
}

// Of a core.
const IDLE_SHARE = 0.01;

/** Waits until a process has next to nothing to do any more, but no longer than five seconds. */
export async function untilIdle(pid) {
  await untilCalm(pid, 50, 5_000);
}

/**
 * Waits until the work of a process that has been at work is done, but no longer than half a second. Linux counts the
 * time of a running thread with each tick, every 10 ms where ticks are rarest.
 */
export async function untilStill(pid) {
  await untilCalm(pid, 12, 500);
}

async function untilCalm(pid, lookMs, patienceMs) {
  const most = lookMs * 1e6 * IDLE_SHARE;
  for (let waited = 0; waited < patienceMs; waited += lookMs) {
    const before = cpuTimeOf(pid);
    await delay(lookMs);
    if (cpuTimeOf(pid) - before < most) return;
  }
}
