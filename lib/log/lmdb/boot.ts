import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

// Seconds by which two processes may take the start of the machine to be apart.
const TOLERANCE = 60;

/** Names the time since this machine was started last. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `at ${Math.round(Date.now() / 1_000 - uptime())}`;
  }
}

/** Whether two names are of the same time. */
export function isSameBoot(one: string, other: string): boolean {
  if (!one.startsWith('at ') || !other.startsWith('at ')) return one === other;
  return Math.abs(Number(one.slice(3)) - Number(other.slice(3))) <= TOLERANCE;
}
