import type { DelayRange } from '../options/check.js';

/** Milliseconds between the two, at random, so that not everybody does the same at once. */
export function jitter({ min, max }: DelayRange): number {
  return Math.round(min + Math.random() * (max - min));
}
