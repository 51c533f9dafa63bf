import { shown, SseError } from '../errors/sse-error.js';
import { checkFunction, checkInteger, checkKeys, checkOneOf, checkTime } from '../options/check.js';
import { BROADCAST_KEY, topicOf, type TopicKey } from '../log/topic-key.js';
import type { LogStart } from '../log/event-log.js';
import type { Authorize } from './authorization.js';
import type { HubEvent } from './event-map.js';
import type { Names } from './names.js';
import type { VisibleEvent } from './visible-event.js';

/** Where a stream without a Last-Event-ID begins: now, at the oldest retained event, before the last `n`, or after an id. */
export type StreamStart = 'tail' | 'earliest' | { readonly last: number } | (string & {});

/** What an `initial` function may give: one event, several, or a promise of them. */
export type InitialEvents<Events = unknown> =
  HubEvent<Events> | Iterable<HubEvent<Events>> | AsyncIterable<HubEvent<Events>> | undefined;

export interface HubStreamOptions<Events = unknown> {
  /**
   * The user whose stream this is: it also gets what is sent to that user. A non-empty string.
   * @default none
   */
  user?: string;

  /**
   * Which events this stream may see, live, replayed or counted. Must answer at once; what it throws ends the stream.
   * @default all
   */
  filter?: (event: VisibleEvent<Events>) => boolean;

  /**
   * Where the stream begins when the client sends no Last-Event-ID: `'tail'` (now), `'earliest'` (the oldest retained
   * event), `{ last: n }` (the last n events of all its topics together, counted before the filter), or an id.
   * @default 'tail'
   */
  start?: StreamStart;

  /**
   * Gives a snapshot that is sent first; everything behind `position` follows it. The position is taken before the
   * function is called, so what happens while it reads its state is sent after it. Called when the client sends no
   * Last-Event-ID, and again, after a gap, in place of what is retained. Its events have no ids.
   * @default none
   */
  initial?: (position: string) => InitialEvents<Events> | Promise<InitialEvents<Events>>;

  /**
   * What happens when retention has taken away what the client should have had: a gap and then what is retained
   * (`'replay'`), a gap and then only what comes from now on (`'latest'`), or, for a client that reads too slowly, a
   * gap and the end (`'disconnect'`).
   * @default 'replay'
   */
  onLag?: 'replay' | 'latest' | 'disconnect';

  /**
   * Whether the stream may follow a public topic, asked when it begins and for each topic that it subscribes to later,
   * besides the module's `authorize`: both must say yes.
   * @default everybody may
   */
  authorize?: Authorize;

  /**
   * When the stream ends, a `Date` or milliseconds since 1970: what a token allows, for instance. The client comes back
   * by itself, with its last id, to where a guard sees its new token.
   * @default never
   */
  expiresAt?: Date | number;
}

const KEYS = ['user', 'filter', 'start', 'initial', 'onLag', 'authorize', 'expiresAt'];

/** What a handler returns to have its client follow topics; made by `hub.stream`. */
export class HubStream {
  /** The topics, each once. */
  readonly topics: readonly string[];
  readonly user: string | undefined;
  /** @internal */
  readonly keys: readonly TopicKey[];
  /** @internal */
  readonly start: 'tail' | LogStart;
  /** @internal */
  readonly filter: HubStreamOptions['filter'];
  /** @internal */
  readonly initial: HubStreamOptions['initial'];
  /** @internal */
  readonly onLag: 'replay' | 'latest' | 'disconnect';
  /** @internal */
  readonly authorize: Authorize | undefined;
  /** @internal In milliseconds since 1970. */
  readonly expiresAt: number | undefined;

  /** @throws SseError `INVALID_TOPIC`, `TOO_MANY_TOPICS`, `INVALID_USER`, `INVALID_OPTION` */
  constructor(topics: string | readonly string[], options: HubStreamOptions, names: Names) {
    checkKeys('hub.stream', options, KEYS);
    const { user, filter, start = 'tail', initial, onLag = 'replay', authorize, expiresAt } = options;
    const keys = names.topicKeys(topics);
    names.checkCount(keys.length);
    this.topics = keys.map(topicOf).filter((topic) => topic !== undefined);
    this.user = user;
    this.keys = user === undefined ? [...keys, BROADCAST_KEY] : [...keys, BROADCAST_KEY, names.userKey(user)];
    this.start = checkStart(start);
    this.filter = filter === undefined ? undefined : checkFunction('filter', filter);
    this.initial = initial === undefined ? undefined : checkFunction('initial', initial);
    this.onLag = checkOneOf('onLag', onLag, ['replay', 'latest', 'disconnect']);
    this.authorize = authorize === undefined ? undefined : checkFunction('authorize', authorize);
    this.expiresAt = expiresAt === undefined ? undefined : checkTime('expiresAt', expiresAt);
    Object.freeze(this);
  }
}

function checkStart(start: unknown): 'tail' | LogStart {
  if (start === 'tail' || start === 'earliest') return start;
  if (typeof start === 'string' && start !== '') return { id: start };
  if (typeof start === 'object' && start !== null && 'last' in start) {
    return { last: checkInteger('start.last', start.last, 0) };
  }
  throw new SseError(
    'INVALID_OPTION',
    `start must be 'tail', 'earliest', { last: n } or an id, but is ${shown(start)}`,
  );
}
