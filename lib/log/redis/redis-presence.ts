import { shown, SseError } from '../../errors/sse-error.js';
import { newEpoch } from '../position.js';
import type { Attendant, AttendanceChange, SharedPresence } from '../shared-presence.js';
import type { TopicKey } from '../topic-key.js';
import type { Channels } from './channels.js';
import { toErrorReply } from './error-reply.js';
import { unavailable, type RedisCommands } from './redis-commands.js';
import type { RedisKeys } from './redis-keys.js';
import { Watch } from './watch.js';

interface Noted {
  readonly attendant: Attendant;
  readonly keys: readonly TopicKey[];
}

// Streams that are told of in one call.
const AT_ONCE = 256;

// Milliseconds for which keys are kept that nobody touches, and after which a node touches its own again.
const KEPT_MS = 24 * 3_600_000;
const REFRESH_MS = KEPT_MS / 3;

// Milliseconds after which it is tried again to tell what could not be told.
const PAUSE_MS = 250;

/**
 * Who follows what on all nodes. Each node notes its streams, and says from time to time that it is there; when it has
 * not for `timeout` milliseconds, its streams are not told of any more, and any other node takes them away.
 */
export class RedisPresence implements SharedPresence {
  readonly #node = newEpoch();
  /** The streams of this node. */
  readonly #noted = new Map<string, Noted>();
  /** Where the server has them. */
  readonly #told = new Map<string, readonly TopicKey[]>();
  readonly #changed = new Set<string>();
  readonly #watches = new Map<TopicKey, Watch>();
  #telling: Promise<void> | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #refreshed = 0;
  #isOpen = false;

  constructor(
    private readonly commands: RedisCommands,
    private readonly keys: RedisKeys,
    private readonly channels: Channels,
    private readonly timeout: number,
  ) {}

  note(attendant: Attendant, keys: readonly TopicKey[]): void {
    // Most streams that follow nothing have never done.
    if (keys.length === 0 && !this.#noted.delete(attendant.id)) return;
    if (keys.length > 0) this.#noted.set(attendant.id, { attendant, keys });
    this.#changed.add(attendant.id);
    this.#tell();
  }

  async of(key: TopicKey): Promise<Attendant[]> {
    const found = new Map<string, Attendant>();
    let cursor = '0';
    do {
      const names = [this.keys.nodes, this.keys.attendants(key)];
      const answer = await this.#try('present', names, [String(this.timeout), cursor]);
      const [next, nodes, entries] = answer as [string, string[], string[]];
      const there = new Set(nodes);
      for (let place = 0; place < entries.length; place += 2) {
        if (!there.has(entries[place]!.split(' ', 1)[0]!)) continue;
        const attendant = JSON.parse(entries[place + 1]!) as Attendant;
        found.set(attendant.id, attendant);
      }
      cursor = next;
    } while (cursor !== '0');
    return [...found.values()].map(toAttendant);
  }

  watch(key: TopicKey, onChange: (change: AttendanceChange) => void): () => void {
    let watch = this.#watches.get(key);
    if (watch === undefined) {
      watch = new Watch(() => this.of(key));
      this.#watches.set(key, watch);
      this.channels.add(this.keys.attendance(key));
    }
    const watched = watch;
    watched.add(onChange);
    return () => {
      watched.delete(onChange);
      if (watched.isWatched || this.#watches.get(key) !== watched) return;
      this.#watches.delete(key);
      this.channels.delete(this.keys.attendance(key));
    };
  }

  /** A message of a topic that is watched. */
  onMessage(key: TopicKey, text: string): void {
    const attendant = toAttendant(JSON.parse(text.slice(1)) as Attendant);
    this.#watches.get(key)?.onChange({ type: text.startsWith('+') ? 'join' : 'leave', attendant });
  }

  /** Begins, and says from time to time that this node is there. */
  open(): void {
    this.#isOpen = true;
    this.#tell();
    this.#timer = setInterval(() => {
      this.#tell();
      this.look();
    }, this.timeout / 4).unref();
  }

  /** Looks who is there where somebody watches: messages may have been lost. */
  look(): void {
    for (const watch of this.#watches.values()) watch.look();
  }

  /** Takes the node's streams away. */
  async close(): Promise<void> {
    this.#isOpen = false;
    clearInterval(this.#timer);
    await this.#telling;
    await this.#forget(this.#node, 0).catch(() => undefined);
  }

  #tell(): void {
    if (!this.#isOpen) return;
    this.#telling ??= this.#tellAll().finally(() => (this.#telling = undefined));
  }

  async #tellAll(): Promise<void> {
    try {
      // Those that open in one go are told together.
      await Promise.resolve();
      do await this.#tellSome();
      while (this.#changed.size > 0 && this.#isOpen);
    } catch {
      // The server is away; what has changed stays noted.
      if (this.#isOpen && this.#changed.size > 0) setTimeout(() => this.#tell(), PAUSE_MS).unref();
    }
  }

  async #tellSome(): Promise<void> {
    if (performance.now() - this.#refreshed > REFRESH_MS) {
      this.#refreshed = performance.now();
      for (const id of this.#noted.keys()) this.#changed.add(id);
    }
    const ids = [...this.#changed].slice(0, AT_ONCE);
    const noted = new Map(ids.map((id) => [id, this.#noted.get(id)]));
    const { names, values } = this.#changesOf(noted);
    // What changes from now on is told next.
    for (const id of ids) this.#changed.delete(id);
    let answer: [isNew: number, ...gone: string[]];
    try {
      answer = (await this.#try('attend', names, values)) as typeof answer;
    } catch (error) {
      for (const id of ids) this.#changed.add(id);
      throw error;
    }
    for (const [id, stream] of noted) {
      if (stream === undefined) this.#told.delete(id);
      else this.#told.set(id, stream.keys);
    }
    const [isNew, ...gone] = answer;
    // It was given up by the others, or the server has lost everything.
    if (isNew === 1) for (const id of this.#noted.keys()) if (!noted.has(id)) this.#changed.add(id);
    for (const node of gone) if (node !== this.#node) await this.#forget(node, this.timeout);
  }

  #changesOf(streams: ReadonlyMap<string, Noted | undefined>): { names: string[]; values: string[] } {
    const names = [this.keys.nodes, this.keys.node(this.#node)];
    const values = [this.#node, String(this.timeout), String(KEPT_MS), String(streams.size)];
    for (const [id, stream] of streams)
      values.push(id, stream === undefined ? '' : JSON.stringify(stream.keys));
    const places = new Places(names, this.keys);
    for (const [id, stream] of streams) {
      const keys = stream?.keys ?? [];
      const told = stream === undefined ? '' : JSON.stringify(stream.attendant);
      for (const key of keys) values.push(...places.of(key), id, told);
      for (const key of this.#told.get(id) ?? [])
        if (!keys.includes(key)) values.push(...places.of(key), id, '');
    }
    return { names, values };
  }

  /** Takes the streams of a node away that is gone, some at a time. */
  async #forget(node: string, timeout: number): Promise<void> {
    const front = [this.keys.nodes, this.keys.node(node)];
    let isLeft = true;
    while (isLeft) {
      const streams = (await this.#try('departed', front, [node, String(timeout)])) as string[];
      const names = [...front];
      const places = new Places(names, this.keys);
      const ids: string[] = [];
      const changes: string[] = [];
      for (let place = 0; place < streams.length; place += 2) {
        ids.push(streams[place]!);
        for (const key of JSON.parse(streams[place + 1]!) as TopicKey[])
          changes.push(...places.of(key), streams[place]!);
      }
      await this.#try('forget', names, [node, String(timeout), String(ids.length), ...ids, ...changes]);
      isLeft = ids.length > 0;
    }
  }

  async #try(...question: Parameters<RedisCommands['try']>): Promise<unknown> {
    try {
      return await this.commands.try(...question);
    } catch (error) {
      if (error instanceof SseError) throw error;
      if (toErrorReply(error) !== undefined) throw unavailable(error);
      throw new SseError('LOG_UNAVAILABLE', `the connection to Redis is gone: ${shown(error)}`, {
        cause: error,
      });
    }
  }
}

/** Where topics stand among the keys of a call, and their channels. */
class Places {
  readonly #places = new Map<TopicKey, number>();

  constructor(
    private readonly names: string[],
    private readonly keys: RedisKeys,
  ) {}

  of(key: TopicKey): [place: string, channel: string] {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.names.push(this.keys.attendants(key));
      this.#places.set(key, place);
    }
    return [String(place), this.keys.attendance(key)];
  }
}

/** JSON has no undefined. */
function toAttendant({ id, user, topics, connectedAt }: Attendant): Attendant {
  return { id, user, topics, connectedAt };
}
