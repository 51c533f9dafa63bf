import { checkInteger, checkKeys } from './check.js';

/** How much of everything there may be; of one node. Nothing that is there is given up for something new. */
export interface LimitOptions {
  /**
   * Streams at once, with the requests that are about to become one.
   * @default Infinity
   */
  connections?: number;

  /**
   * Streams of one user at once (`hub.stream(topics, { user })`).
   * @default Infinity
   */
  connectionsPerUser?: number;

  /**
   * Streams of one client address at once. The address is the one that the platform trusts: behind a proxy, set
   * Express' `trust proxy` or Fastify's `trustProxy`, or all clients share the proxy's. IPv6 addresses are counted by
   * their first 64 bits, which is what one site has.
   * @default Infinity
   */
  connectionsPerAddress?: number;

  /**
   * Topics that one stream follows; more are refused with `TOO_MANY_TOPICS`.
   * @default 100
   */
  topicsPerStream?: number;

  /**
   * Characters of a topic or of a user; longer ones are refused with `INVALID_TOPIC` or `INVALID_USER`.
   * @default 256
   */
  topicLength?: number;

  /**
   * Characters of an id: an own one that is longer is refused with `INVALID_ID`, and a Last-Event-ID that is longer is
   * cut, and known to nobody. At least 21, which the hub's own ids may have.
   * @default 256
   */
  lastEventIdLength?: number;

  /**
   * Bytes of a published event, encoded without its `id:` line; larger ones are refused with `EVENT_TOO_LARGE`.
   * @default 1_048_576
   */
  eventBytes?: number;

  /**
   * Topics that one publisher may add in a second, or at once after a while; more are refused with `TOO_MANY_TOPICS`.
   * Counted where `hub.publish` is told its `publisher`.
   * @default 100
   */
  newTopicsPerSecond?: number;

  /**
   * Questions that the log is asked at once, for a log that answers later; more wait for their turn. Identical replays
   * are read once, and their bytes shared.
   * @default 32
   */
  concurrentReads?: number;
}

/** {@link LimitOptions} with every default filled in. */
export type Limits = Readonly<Required<LimitOptions>>;

const DEFAULTS: Limits = {
  connections: Infinity,
  connectionsPerUser: Infinity,
  connectionsPerAddress: Infinity,
  topicsPerStream: 100,
  topicLength: 256,
  lastEventIdLength: 256,
  eventBytes: 1024 * 1024,
  newTopicsPerSecond: 100,
  concurrentReads: 32,
};

// Characters of the hub's own ids, at the most; clients must be able to come back with them.
const LONGEST_POSITION = 21;

const NAMES = Object.keys(DEFAULTS) as (keyof Limits)[];

/**
 * Checks the limits and fills in the defaults.
 * @throws SseError `INVALID_OPTION`
 */
export function resolveLimits(options: LimitOptions): Limits {
  checkKeys('limits', options, NAMES);
  const limits: Record<string, number> = { ...DEFAULTS };
  for (const name of NAMES) {
    const { [name]: limit = DEFAULTS[name] } = options;
    const least = name === 'lastEventIdLength' ? LONGEST_POSITION : 1;
    limits[name] = checkInteger(`limits.${name}`, limit, least, true);
  }
  return limits as Limits;
}
