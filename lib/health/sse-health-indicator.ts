import { Logger } from '@nestjs/common';
import { shown } from '../errors/sse-error.js';
import type { SseHub } from '../hub/sse-hub.js';
import type { EventLog } from '../log/event-log.js';
import { checkDelay, checkKeys } from '../options/check.js';
import type { SseHealthResult } from './health-result.js';
import { LogHealth } from './log-health.js';

export interface ReadinessOptions {
  /**
   * Milliseconds within which the log has to answer. Kubernetes waits for a whole probe one second, if not told
   * otherwise.
   * @default 1_000
   */
  timeout?: number;
}

/**
 * Tells whether this node is ready for streams, and whether it lives: two questions. One that drains, or whose log is
 * away, gets no new streams; it must not be killed for it.
 *
 * With `@nestjs/terminus`:
 *
 * ```ts
 * @Get('ready')
 * @HealthCheck()
 * ready() {
 *   return this.health.check([() => this.sse.isReady()]);
 * }
 * ```
 *
 * Without, whatever is down is answered with 503:
 *
 * ```ts
 * @Get('ready')
 * async ready() {
 *   const result = await this.sse.isReady();
 *   if (result.sse.status === 'down') throw new ServiceUnavailableException(result);
 *   return result;
 * }
 * ```
 */
export class SseHealthIndicator {
  readonly #logger = new Logger(SseHealthIndicator.name);
  readonly #log: LogHealth;
  /** What has been told to the logger last, so that probes do not repeat it. */
  #told: string | undefined = undefined;

  /** @param log that of the hub, asked for its `health` where it has one; the module gives it */
  constructor(
    private readonly hub: SseHub,
    log?: EventLog,
  ) {
    this.#log = new LogHealth(hub.ready, log);
  }

  /**
   * Down while the log is not open, cannot take events or does not answer in time, and as soon as the hub drains. The
   * result says which; what the log has said goes to Nest's logger.
   * @throws SseError (rejects with) `INVALID_OPTION`
   */
  async isReady<Key extends string = 'sse'>(
    key: Key = 'sse' as Key,
    options: ReadinessOptions = {},
  ): Promise<SseHealthResult<Key>> {
    checkKeys('isReady', options, ['timeout']);
    const timeout = checkDelay('timeout', options.timeout ?? 1_000, 1);
    const trouble = await this.#log.trouble(timeout);
    // It may have begun meanwhile.
    if (this.hub.isDraining) return this.#result(key, 'the hub drains its streams, or is closed');
    this.#tell(trouble?.cause);
    return this.#result(key, trouble?.message);
  }

  /**
   * Up as long as this process can answer, also while the hub drains and when its log is away. Answer with it as it is:
   * the `HealthCheckService` of Terminus says 503 to everything while the application shuts down.
   */
  isLive<Key extends string = 'sse'>(key: Key = 'sse' as Key): SseHealthResult<Key> {
    return this.#result(key, undefined);
  }

  #result<Key extends string>(key: Key, message: string | undefined): SseHealthResult<Key> {
    const { connectionCount: streams, isDraining: draining } = this.hub;
    const result =
      message === undefined
        ? { status: 'up', streams, draining }
        : { status: 'down', streams, draining, message };
    return { [key]: result } as SseHealthResult<Key>;
  }

  #tell(cause: unknown): void {
    const text = cause === undefined ? undefined : shown(cause);
    if (text !== undefined && text !== this.#told) this.#logger.error(cause);
    this.#told = text;
  }
}
