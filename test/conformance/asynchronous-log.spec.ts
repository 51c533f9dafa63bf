import { describe, test } from '@jest/globals';
import { testEventLog } from 'nestjs-sse-hub/testing';
import { JitteryLog } from '../support/jittery-log.js';

describe('A log that answers later', () => {
  testEventLog({ test, createLog: (limits) => new JitteryLog(limits) });
});
