export { SseModule } from './sse.module.js';
export type { SseModuleOptions } from './sse.module-definition.js';
export {
  getSseClientToken,
  InjectSseClient,
  SseClientModule,
  type SseClientAsyncRegistration,
  type SseClientModuleOptions,
  type SseClientRegistration,
} from './sse-client.module.js';
export { SseHub, type OpenOptions } from './hub/sse-hub.js';
export type { SseHubOptions } from './hub/sse-hub-options.js';
export type { ConnectionEvent } from './hub/connection-event.js';
export type { HubInspection, InspectedStream, InspectedTopic, InspectOptions } from './hub/hub-inspection.js';
export type { HubStats } from './hub/hub-stats.js';
export type { HubEvent } from './hub/event-map.js';
export type { HubStream, HubStreamOptions, InitialEvents, StreamStart } from './hub/hub-stream.js';
export type { Authorize } from './hub/authorization.js';
export type { PublishOptions } from './hub/publisher.js';
export type { Presence, PresenceChange } from './hub/presence.js';
export type { VisibleEvent } from './hub/visible-event.js';
export { SseStream, type SseStreamOptions } from './stream/sse-stream.decorator.js';
export { CurrentConnection } from './stream/current-connection.decorator.js';
export { LastEventId } from './stream/last-event-id.decorator.js';
export { StreamSignal } from './stream/stream-signal.decorator.js';
export type { SseConnection } from './connection/sse-connection.js';
export { SseHealthIndicator, type ReadinessOptions } from './health/sse-health-indicator.js';
export type { SseHealthResult } from './health/health-result.js';
export { SseTickets } from './auth/sse-tickets.js';
export type { TicketOptions, TicketSecret } from './auth/ticket-options.js';
export type { TicketStore } from './auth/ticket-store.js';
export { SseError, type SseErrorCode } from './errors/sse-error.js';
export type { CloseReason } from './errors/close-reason.js';
export type { RefusalCause } from './errors/refusal-cause.js';
export type { GapReason } from './errors/gap-reason.js';
export type { ErrorOrigin, HubOptions } from './options/hub-options.js';
export type { TopicFlush } from './options/flush-options.js';
export type { TopicRule } from './options/topic-rules.js';
export type { LimitOptions } from './options/limit-options.js';
export type { DelayRange } from './options/check.js';
export type { HeartbeatOptions, StreamOptions } from './options/stream-options.js';
export { encodeEvent } from './protocol/encode.js';
export type { SseEvent } from './protocol/event.js';
export { memoryLog, type MemoryLog } from './log/memory-log.js';
export type { MemoryLogOptions, RetentionOptions, TopicRetention } from './log/retention.js';
export type { Awaitable } from './async/awaitable.js';
export type { TopicKey } from './log/topic-key.js';
export type { Attendant, AttendanceChange, SharedPresence } from './log/shared-presence.js';
export type { DataKind } from './protocol/serialize.js';
export type {
  EventLog,
  Located,
  LogEntry,
  LogRecord,
  LogStart,
  LogSupports,
  LogTail,
  Loss,
  ReadQuery,
  ReadResult,
} from './log/event-log.js';
