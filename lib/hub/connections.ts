import { ReplaySubject, Subject } from 'rxjs';
import type { ConnectionHost } from '../connection/connection-host.js';
import type { Connection } from '../connection/connection.js';
import { HeartbeatWheel } from '../connection/heartbeat.js';
import { Turn } from '../connection/turn.js';
import type { CloseReason } from '../errors/close-reason.js';
import type { RefusalCause } from '../errors/refusal-cause.js';
import { shown } from '../errors/sse-error.js';
import type { ErrorOrigin, ResolvedHubOptions } from '../options/hub-options.js';
import { Admission } from './admission.js';
import type { ConnectionEvent } from './connection-event.js';
import type { Counters } from './hub-stats.js';
import { jitter } from './jitter.js';
import { Sessions } from './sessions.js';
import { spread } from './spread.js';

/** What the hub does for its connections. */
type Service = Pick<ConnectionHost<Connection>, 'subscribe' | 'unsubscribe'>;

/** The connections of this node, from their request until their last byte is gone. */
export class Connections implements ConnectionHost<Connection> {
  readonly wheel = new HeartbeatWheel();
  readonly turn = new Turn();
  readonly events = new Subject<ConnectionEvent>();
  /** Emits when the hub begins to drain, also to those who ask later. */
  readonly drain = new ReplaySubject<void>(1);
  readonly subscribe: Service['subscribe'];
  readonly unsubscribe: Service['unsubscribe'];
  /** Those whose head has not been sent. */
  readonly #pending = new Set<Connection>();
  readonly #open = new Set<Connection>();
  /** Those that have ended, and whose last bytes are still on their way. */
  readonly #ending = new Set<Connection>();
  readonly #sessions = new Sessions();
  readonly #admission: Admission;
  #isDraining = false;
  #onAllGone: (() => void) | undefined = undefined;

  constructor(
    private readonly options: ResolvedHubOptions,
    private readonly counters: Counters,
    service: Service,
  ) {
    this.subscribe = service.subscribe;
    this.unsubscribe = service.unsubscribe;
    this.#admission = new Admission(options.limits);
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get count(): number {
    return this.#open.size;
  }

  get drainTimeout(): number {
    return this.options.drainTimeout;
  }

  get lastEventIdLength(): number {
    return this.options.limits.lastEventIdLength;
  }

  get rawWrites(): boolean {
    return this.options.rawWrites;
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
    this.#sessions.add(connection.session);
    const cause = this.#isDraining ? 'shutdown' : this.#admission.enter(connection);
    if (cause === undefined) this.#pending.add(connection);
    else this.#refuse(connection, cause);
  }

  /** Counts a connection as a user's; false when that is one too many, which it is told. */
  admitAs(connection: Connection, user: string): boolean {
    if (this.#admission.enterAs(connection, user)) return true;
    this.#refuse(connection, 'user');
    return false;
  }

  onAbandoned(connection: Connection): void {
    // One that was refused has not come in.
    if (!this.#pending.delete(connection)) return;
    this.#admission.leave(connection);
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
    this.#admission.leave(connection);
    this.#checkAllGone();
  }

  onError(error: unknown, origin: ErrorOrigin): void {
    try {
      this.options.onError(error, origin);
    } catch (unexpected) {
      process.emitWarning(`onError has thrown ${shown(unexpected)}`, { code: 'SSE_ON_ERROR_THREW' });
    }
  }

  /**
   * Ends all connections, spread over the drain window, and refuses those that are still to come; resolves when they
   * are gone, or have been dropped for their slowness.
   */
  async close(): Promise<void> {
    this.#isDraining = true;
    this.drain.next();
    this.drain.complete();
    // A handler that is still awaiting, or a source that has said nothing yet, must not hold the shutdown up.
    for (const connection of this.#pending) this.#sendAway(connection);
    this.#sessions.retire();
    const deadline = performance.now() + this.drainTimeout;
    const over = new AbortController();
    const ended = spread(
      [...this.#open],
      this.options.drainWindow,
      (connections) => connections.forEach((connection) => this.#sendAway(connection)),
      over.signal,
    );
    await this.#untilAllGone();
    over.abort();
    await ended;
    // The deadline has come for those that are left.
    for (const connection of this.#open) connection.end('shutdown');
    for (const connection of this.#ending) connection.destroy();
    await this.#sessions.untilClosed(Math.max(0, deadline - performance.now()));
    this.events.complete();
  }

  #sendAway(connection: Connection): void {
    connection.endAfterHead({ reason: 'shutdown', retry: jitter(this.options.drainRetry) });
  }

  #refuse(connection: Connection, cause: RefusalCause): void {
    this.counters.refused[cause]++;
    const { drainRetry, overloadRetry, overload } = this.options;
    const retry = jitter(cause === 'shutdown' ? drainRetry : overloadRetry);
    connection.refuse({ cause, retry, byStatus: overload === 'status' });
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
