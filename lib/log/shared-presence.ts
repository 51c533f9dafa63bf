import type { TopicKey } from './topic-key.js';

/** A stream that follows topics, as all nodes know it. */
export interface Attendant {
  /** The connection's id, which no other connection of any node has. */
  readonly id: string;
  readonly user: string | undefined;
  /** The public topics that it follows. */
  readonly topics: readonly string[];
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
}

/** A stream has come to a topic, or has left it. */
export interface AttendanceChange {
  readonly type: 'join' | 'leave';
  readonly attendant: Attendant;
}

/**
 * Who follows what, over all nodes that share a log. A node that has died without a word is taken out of it after a time
 * that the log states.
 */
export interface SharedPresence {
  /** Notes which topics a stream of this node follows; none when it is over. */
  note(attendant: Attendant, keys: readonly TopicKey[]): void;
  /**
   * Those who follow a topic.
   * @throws SseError (rejects with) `LOG_UNAVAILABLE`
   */
  of(key: TopicKey): Promise<Attendant[]>;
  /**
   * Tells who follows a topic, and then who comes and goes, on any node: each change at least once.
   * @returns what ends that
   */
  watch(key: TopicKey, onChange: (change: AttendanceChange) => void): () => void;
}
