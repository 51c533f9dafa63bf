import { describe, test } from '@jest/globals';
import { testEventLog } from 'nestjs-sse-hub/testing';
import { SharedLog } from './shared-log.js';

describe('A log that is durable and distributed', () => {
  testEventLog({
    test,
    createLog: (limits) => SharedLog.create(limits),
    reopenLog: (log) => SharedLog.another(log),
    joinLog: (log) => SharedLog.another(log),
  });
});
