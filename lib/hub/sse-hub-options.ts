import type { EventLog } from '../log/event-log.js';
import { memoryLog } from '../log/memory-log.js';
import { checkFunction } from '../options/check.js';
import { resolveHubOptions, type HubOptions, type ResolvedHubOptions } from '../options/hub-options.js';
import type { Authorize } from './authorization.js';
import { checkLog } from './checks.js';

export interface SseHubOptions extends HubOptions {
  /**
   * Where events are kept.
   * @default memoryLog()
   */
  log?: EventLog;

  /**
   * Whether a connection may follow a public topic, asked when its stream begins and for each topic that it subscribes
   * to later. Refused at the beginning, the request is answered with 403. What it throws refuses too.
   * @default everybody may
   */
  authorize?: Authorize;
}

/** {@link SseHubOptions} with every default filled in. */
export interface ResolvedSseHubOptions extends ResolvedHubOptions {
  readonly log: EventLog;
  readonly authorize: Authorize | undefined;
}

/**
 * Checks the options and fills in the defaults.
 * @throws SseError `INVALID_OPTION`
 */
export function resolveSseHubOptions(options: SseHubOptions): ResolvedSseHubOptions {
  const resolved = resolveHubOptions(options, ['log', 'authorize']);
  const { log, authorize } = options;
  return {
    ...resolved,
    log: log === undefined ? memoryLog() : checkLog(log),
    authorize: authorize === undefined ? undefined : checkFunction('authorize', authorize),
  };
}
