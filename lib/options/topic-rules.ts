import { shown, SseError } from '../errors/sse-error.js';
import { checkKeys } from './check.js';

/** What an option holds for: one topic, or all whose names begin with a prefix. */
export type TopicRule = { topic: string } | { prefix: string };

/** Values of topics: a topic's own name wins over a prefix, a longer prefix over a shorter. */
export class TopicRules<T> {
  readonly #topics = new Map<string, T>();
  readonly #prefixes: { readonly prefix: string; readonly value: T }[] = [];

  /** @param others what holds for topics without a rule */
  constructor(private readonly others: T) {}

  /** @throws SseError `INVALID_OPTION` where the rule does not name either a topic or a prefix */
  add(rule: TopicRule, value: T): void {
    const { topic, prefix } = rule as { topic?: string; prefix?: string };
    const name = topic ?? prefix;
    if (typeof name !== 'string' || name === '' || (topic !== undefined && prefix !== undefined)) {
      throw new SseError(
        'INVALID_OPTION',
        `each of topics names either a topic or a prefix, a non-empty string, but is ${shown(rule)}`,
      );
    }
    if (topic !== undefined) {
      this.#topics.set(topic, value);
      return;
    }
    this.#prefixes.push({ prefix: name, value });
    this.#prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /** @param topic undefined for what is no public topic */
  of(topic: string | undefined): T {
    if (topic === undefined) return this.others;
    if (this.#topics.has(topic)) return this.#topics.get(topic)!;
    const found = this.#prefixes.find(({ prefix }) => topic.startsWith(prefix));
    return found === undefined ? this.others : found.value;
  }
}

/**
 * The rules of an option `topics`.
 * @param others what holds for topics without a rule
 * @param keys what each of them has next to its topic or prefix
 * @throws SseError `INVALID_OPTION`
 */
export function resolveTopicRules<O extends TopicRule, T>(
  topics: readonly O[],
  others: T,
  keys: readonly string[],
  resolve: (options: O) => T,
): TopicRules<T> {
  if (!Array.isArray(topics))
    throw new SseError('INVALID_OPTION', `topics must be an array, but is ${shown(topics)}`);
  const rules = new TopicRules(others);
  for (const options of topics as readonly O[]) {
    checkKeys('each of topics', options, ['topic', 'prefix', ...keys]);
    rules.add(options, resolve(options));
  }
  return rules;
}
