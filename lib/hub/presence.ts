import { Observable, Subject, takeUntil } from 'rxjs';
import type { Connection } from '../connection/connection.js';
import type { SseConnection } from '../connection/sse-connection.js';
import type { Attendant, SharedPresence } from '../log/shared-presence.js';
import { isPrivate, type TopicKey } from '../log/topic-key.js';

/** One open stream, as `hub.presence` tells of it. */
export interface Presence {
  /** The connection's id, which no other connection of any node has. */
  readonly id: string;
  readonly user: string | undefined;
  /** The topics that it follows. */
  readonly topics: readonly string[];
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
}

/** A stream has come to follow a topic, or does not follow it any more. */
export interface PresenceChange extends Presence {
  readonly type: 'join' | 'leave';
}

/** Where it is known which open streams of this node follow what. */
export interface LocalPresence {
  isOpen(connection: Connection): boolean;
  /** The open streams of this node that follow a topic. */
  followersOf(key: TopicKey): readonly Connection[];
  /** What a stream of this node follows. */
  keysOf(connection: Connection): Iterable<TopicKey>;
}

type Watcher = (change: PresenceChange) => void;

/** Who follows what: the streams of this node, and of all others where the log is shared. */
export class PresenceBook {
  readonly #watchers = new Map<TopicKey, Set<Watcher>>();
  readonly #closed = new Subject<void>();

  constructor(
    private readonly local: LocalPresence,
    private readonly shared: SharedPresence | undefined,
  ) {}

  /** @throws SseError (rejects with) `LOG_UNAVAILABLE` where others are to be asked and cannot be */
  async of(key: TopicKey): Promise<Presence[]> {
    return this.shared === undefined ? this.local.followersOf(key).map(toPresence) : this.shared.of(key);
  }

  /** Those who follow a topic, and then who comes and goes. */
  changes(key: TopicKey): Observable<PresenceChange> {
    const changes = new Observable<PresenceChange>((observer) => {
      const onChange = (change: PresenceChange) => observer.next(change);
      if (this.shared !== undefined)
        return this.shared.watch(key, ({ type, attendant }) => onChange({ type, ...attendant }));
      for (const connection of this.local.followersOf(key))
        onChange({ type: 'join', ...toPresence(connection) });
      return this.#watch(key, onChange);
    });
    return changes.pipe(takeUntil(this.#closed));
  }

  /** Nothing changes any more. */
  close(): void {
    this.#closed.next();
  }

  /** A stream has opened. */
  opened(connection: Connection): void {
    if (this.#isIdle) return;
    const keys = this.#toldOf(connection);
    this.#note(connection, keys);
    for (const key of keys) this.#tell('join', key, connection);
  }

  /** A stream has ended. */
  closed(connection: Connection): void {
    if (this.#isIdle) return;
    const keys = this.#toldOf(connection);
    this.#note(connection, []);
    for (const key of keys) this.#tell('leave', key, connection);
  }

  /** An open stream follows a topic from now on, or does not any more. */
  changed(connection: Connection, key: TopicKey, isFollowing: boolean): void {
    if (this.#isIdle || !this.local.isOpen(connection) || isPrivate(key)) return;
    this.#note(connection, this.#toldOf(connection));
    this.#tell(isFollowing ? 'join' : 'leave', key, connection);
  }

  /** Whether there is nobody to be told of anything. */
  get #isIdle(): boolean {
    return this.shared === undefined && this.#watchers.size === 0;
  }

  /** What is sent to a user alone has nobody else to be told of. */
  #toldOf(connection: Connection): TopicKey[] {
    return [...this.local.keysOf(connection)].filter((key) => !isPrivate(key));
  }

  #note(connection: Connection, keys: readonly TopicKey[]): void {
    this.shared?.note(toPresence(connection), keys);
  }

  #tell(type: PresenceChange['type'], key: TopicKey, connection: Connection): void {
    const watchers = this.#watchers.get(key);
    if (watchers === undefined) return;
    const change = { type, ...toPresence(connection) };
    for (const watcher of watchers) watcher(change);
  }

  #watch(key: TopicKey, watcher: Watcher): () => void {
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers.add(watcher));
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && this.#watchers.get(key) === watchers) this.#watchers.delete(key);
    };
  }
}

export function toPresence({ id, user, topics, connectedAt }: SseConnection): Attendant {
  return { id, user, topics, connectedAt };
}
