/**
 * What a health check tells, by its key: the shape of `HealthIndicatorResult` of `@nestjs/terminus`. It names no user
 * and nothing that the log has said, so it may be shown to whoever asks.
 */
export type SseHealthResult<Key extends string = string> = Record<
  Key,
  {
    status: 'up' | 'down';
    /** Open streams of this node. */
    streams: number;
    /** Whether the hub ends its streams, or has ended them. */
    draining: boolean;
    /** Why it is down. */
    message?: string;
  }
>;
