import { describe, test } from '@jest/globals';
import { memoryLog } from 'nestjs-sse-hub';
import { testEventLog } from 'nestjs-sse-hub/testing';

describe('The memory log', () => {
  testEventLog({ test, createLog: memoryLog });
});
