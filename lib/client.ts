export { SseClientError, type FailedResponse, type SseClientErrorDetails } from './client/client-error.js';
export type { ClientEvent, TextEvents } from './client/client-event.js';
export type {
  Asked,
  Fetch,
  RequestBody,
  RequestHeaders,
  SseClientOptions,
  SseReadOptions,
} from './client/client-options.js';
export type { Decoder, StandardResult, StandardSchema } from './client/decoding.js';
export type { GapInfo } from './client/gap.js';
export type { SseClientUrl } from './client/request.js';
export type { FailureKind, RetryContext, RetryPolicy } from './client/retry-policy.js';
export { SseClient, type DisconnectInfo, type ReadyState } from './client/sse-client.js';
export type { ConnectInfo } from './client/source.js';
export type { Observer } from './client/subscription.js';
export type { Awaitable } from './async/awaitable.js';
export type { GapReason } from './errors/gap-reason.js';
export { SseError, type SseErrorCode } from './errors/sse-error.js';
export { EventStreamParser, type EventStreamParserOptions, type ParsedEvent } from './protocol/parse.js';
