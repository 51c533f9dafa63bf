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

const IDLE_NS = 500_000;

/** Waits until a process has next to nothing to do any more, but no longer than five seconds. */
export async function untilIdle(pid) {
  for (let look = 0; look < 100; look++) {
    const before = cpuTimeOf(pid);
    await delay(50);
    if (cpuTimeOf(pid) - before < IDLE_NS) return;
  }
}
