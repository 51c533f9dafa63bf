import base from '../../jest.config.mjs';

/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/faults'],
  testMatch: ['**/*.faults.ts'],
  // One after the other: each has processes enough of its own.
  maxWorkers: 1,
  testTimeout: 600_000,
};
