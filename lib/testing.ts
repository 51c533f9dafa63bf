export { testEventLog, type EventLogSuite, type LogLimits } from './testing/event-log-suite.js';
