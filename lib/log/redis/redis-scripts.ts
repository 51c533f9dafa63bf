import { createHash } from 'node:crypto';
import { SseError } from '../../errors/sse-error.js';
import { toErrorReply } from './error-reply.js';
import type { RedisLink } from './redis-link.js';
import { SCRIPTS, type ScriptName } from './scripts.js';

const hashes = Object.fromEntries(
  Object.entries(SCRIPTS).map(([name, source]) => [name, createHash('sha1').update(source).digest('hex')]),
) as Record<ScriptName, string>;

/**
 * Runs a script. A connection that does not answer in time is given up.
 * @throws what the client rejects with; SseError `LOG_UNAVAILABLE` when the time is over
 */
export async function runScript(
  link: RedisLink,
  name: ScriptName,
  keys: readonly string[],
  values: readonly string[],
  timeout: number,
): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...values];
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      link.close();
      reject(new SseError('LOG_UNAVAILABLE', `the server has not answered within ${timeout} ms`));
    }, timeout);
  });
  const answer = link.send(['EVALSHA', hashes[name], ...rest]).catch((error: unknown) => {
    if (toErrorReply(error)?.code !== 'NOSCRIPT') throw error;
    return link.send(['EVAL', SCRIPTS[name], ...rest]);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
