export { testEventLog, type EventLogSuite, type LogLimits } from './testing/event-log-suite.js';
export { TestClock } from './testing/test-clock.js';
export { openStream, TestStream, type TestStreamOptions } from './testing/test-stream.js';
