import type { SseConnection } from '../connection/sse-connection.js';
import { shown, SseError } from '../errors/sse-error.js';
import { isPromiseLike, type Awaitable } from '../async/awaitable.js';
import { topicOf, type TopicKey } from '../log/topic-key.js';

/** Whether a connection may follow a public topic. What it throws is an error, and the topic is not followed. */
export type Authorize = (topic: string, connection: SseConnection) => boolean | Promise<boolean>;

/**
 * Asks for each of the public topics whether the connection may follow it; everyone who is asked must say yes. Answers
 * at once where they do.
 * @throws SseError (or rejects with) `FORBIDDEN`, or what `authorize` throws
 */
export function authorizeAll(
  keys: Iterable<TopicKey>,
  connection: SseConnection,
  asked: readonly (Authorize | undefined)[],
): Awaitable<void> {
  const answers: Promise<void>[] = [];
  for (const authorize of asked) {
    if (authorize === undefined) continue;
    for (const key of keys) {
      const topic = topicOf(key);
      if (topic === undefined) continue;
      const answer = authorize(topic, connection);
      if (isPromiseLike(answer)) answers.push(permitLater(answer, topic));
      else permit(answer, topic);
    }
  }
  return answers.length === 0 ? undefined : Promise.all(answers).then(() => undefined);
}

function permitLater(answer: Promise<boolean>, topic: string): Promise<void> {
  const permitted = Promise.resolve(answer).then((it) => permit(it, topic));
  // Nobody waits for it where another topic is refused at once.
  permitted.catch(() => undefined);
  return permitted;
}

function permit(answer: unknown, topic: string): void {
  if (answer === true) return;
  if (answer !== false)
    throw new TypeError(`authorize must answer true or false, but answered ${shown(answer)}`);
  throw new SseError('FORBIDDEN', `the topic ${shown(topic)} may not be followed`, { statusCode: 403 });
}
