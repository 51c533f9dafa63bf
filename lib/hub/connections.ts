import { Subject } from 'rxjs';
import type { ConnectionHost } from '../connection/connection-host.js';
import type { Connection } from '../connection/connection.js';
import { HeartbeatWheel } from '../connection/heartbeat.js';
import type { CloseReason } from '../errors/close-reason.js';
import { shown } from '../errors/sse-error.js';
import type { ErrorOrigin, ResolvedHubOptions } from '../options/hub-options.js';
import type { ConnectionEvent } from './connection-event.js';
import type { Counters } from './hub-stats.js';
import { Sessions } from './sessions.js';

type Subscriptions = Pick<ConnectionHost<Connection>, 'subscribe' | 'unsubscribe'>;

/** The connections of this node, from their request until their last byte is gone. */
export class Connections implements ConnectionHost<Connection> {
  readonly wheel = new HeartbeatWheel();
  readonly events = new Subject<ConnectionEvent>();
  readonly subscribe: Subscriptions['subscribe'];
  readonly unsubscribe: Subscriptions['unsubscribe'];
  /** Those whose head has not been sent. */
  readonly #pending = new Set<Connection>();
  readonly #open = new Set<Connection>();
  /** Those that have ended, and whose last bytes are still on their way. */
  readonly #ending = new Set<Connection>();
  readonly #sessions = new Sessions();
  #isClosed = false;
  #onAllGone: (() => void) | undefined = undefined;

  constructor(
    private readonly options: ResolvedHubOptions,
    private readonly counters: Counters,
    { subscribe, unsubscribe }: Subscriptions,
  ) {
    this.subscribe = subscribe;
    this.unsubscribe = unsubscribe;
  }

  get count(): number {
    return this.#open.size;
  }

  get drainTimeout(): number {
    return this.options.drainTimeout;
  }

  get traffic(): Counters {
    return this.counters;
  }

  /** Streams that have not yet been written everything that is new. */
  get lagging(): number {
    let lagging = 0;
    for (const connection of this.#open) if (connection.isLagging) lagging++;
    return lagging;
  }

  /** The open ones that came first, so many. */
  first(limit: number): Connection[] {
    const first: Connection[] = [];
    for (const connection of this.#open) {
      if (first.length === limit) break;
      first.push(connection);
    }
    return first;
  }

  get serialize(): ResolvedHubOptions['serialize'] {
    return this.options.serialize;
  }

  isOpen(connection: Connection): boolean {
    return this.#open.has(connection);
  }

  onPrepared(connection: Connection): void {
    this.#pending.add(connection);
    this.#sessions.add(connection.session);
    if (this.#isClosed) connection.endAfterHead('shutdown');
  }

  onAbandoned(connection: Connection): void {
    this.#pending.delete(connection);
    this.#checkAllGone();
  }

  onOpened(connection: Connection): void {
    this.#pending.delete(connection);
    this.#open.add(connection);
    this.counters.opened++;
    this.events.next({ type: 'connect', connection });
  }

  onClosed(connection: Connection, reason: CloseReason, detail: string | undefined): void {
    this.#open.delete(connection);
    this.counters.closed[reason]++;
    if (reason !== 'client') this.#ending.add(connection);
    this.events.next({ type: 'disconnect', connection, reason, detail });
  }

  onReleased(connection: Connection): void {
    this.#ending.delete(connection);
    this.#checkAllGone();
  }

  onError(error: unknown, origin: ErrorOrigin): void {
    try {
      this.options.onError(error, origin);
    } catch (unexpected) {
      process.emitWarning(`onError has thrown ${shown(unexpected)}`, { code: 'SSE_ON_ERROR_THREW' });
    }
  }

  /** Ends all connections, and those that are still to come; resolves when they are gone, or have been dropped for their slowness. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // A handler that is still awaiting, or a source that has said nothing yet, must not hold the shutdown up.
    for (const connection of this.#pending) connection.endAfterHead('shutdown');
    for (const connection of this.#open) connection.end('shutdown');
    this.#sessions.retire();
    await this.#untilAllGone();
    for (const connection of this.#ending) connection.destroy();
    this.events.complete();
  }

  get #areAllGone(): boolean {
    return this.#pending.size + this.#open.size + this.#ending.size === 0;
  }

  #checkAllGone(): void {
    if (this.#areAllGone) this.#onAllGone?.();
  }

  async #untilAllGone(): Promise<void> {
    if (this.#areAllGone) return;
    let deadline: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onAllGone = resolve;
      deadline = setTimeout(resolve, this.drainTimeout);
    });
    clearTimeout(deadline);
  }
}
