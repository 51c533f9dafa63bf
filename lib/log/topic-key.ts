import { shown, SseError } from '../errors/sse-error.js';
import { hasLoneSurrogate } from '../protocol/utf8.js';

/**
 * The name of a topic in the log. Public topics, users' private topics, broadcast and what nodes tell each other live in
 * namespaces of their own, so that no topic's name can name a user's.
 */
export type TopicKey = `t:${string}` | `u:${string}` | 'b:' | 'n:';

/** What `broadcast` is published to; every hub stream follows it. */
export const BROADCAST_KEY = 'b:' satisfies TopicKey;

/** What nodes that share a log tell each other; no stream follows it. */
export const NODES_KEY = 'n:' satisfies TopicKey;

// Names come from requests more often than not.
const BAD_REQUEST = { statusCode: 400 };

/** @throws SseError `INVALID_TOPIC` */
export function topicKey(topic: unknown): TopicKey {
  if (isName(topic)) return `t:${topic}`;
  throw new SseError(
    'INVALID_TOPIC',
    `a topic is a non-empty string of whole characters, but is ${shown(topic)}`,
    BAD_REQUEST,
  );
}

/** @throws SseError `INVALID_USER` */
export function userKey(user: unknown): TopicKey {
  if (isName(user)) return `u:${user}`;
  throw new SseError(
    'INVALID_USER',
    `a user is a non-empty string of whole characters (an id of yours), but is ${shown(user)}`,
    BAD_REQUEST,
  );
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !hasLoneSurrogate(name);
}

/**
 * The keys of one topic or several, each once.
 * @throws SseError `INVALID_TOPIC`
 */
export function topicKeys(topics: string | readonly string[]): TopicKey[] {
  if (typeof topics === 'string') return [topicKey(topics)];
  if (Array.isArray(topics)) return [...new Set(topics.map(topicKey))];
  throw new SseError(
    'INVALID_TOPIC',
    `topics are a string or an array of strings, but are ${shown(topics)}`,
    BAD_REQUEST,
  );
}

/** The name of a public topic; undefined for a user's private topic and for broadcast. */
export function topicOf(key: TopicKey): string | undefined {
  return isPublic(key) ? key.slice(2) : undefined;
}

/** Whether the key is a public topic. */
export function isPublic(key: TopicKey): boolean {
  return key.startsWith('t:');
}

/** Whether the key is a user's private topic. */
export function isPrivate(key: TopicKey): boolean {
  return key.startsWith('u:');
}
