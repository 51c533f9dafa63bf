import { once } from 'node:events';

const PATIENCE_MS = 60_000;

/** The next message of a child process; rejects when it ends instead, or says nothing for a minute. */
export async function messageFrom(child, patienceMs = PATIENCE_MS) {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(patienceMs)]);
  const name = child.spawnargs.slice(1).join(' ');
  const ended = async () => {
    await once(child, 'exit', { signal });
    throw new Error(`${name} ended before it answered`);
  };
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended()]);
    return message;
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
    throw new Error(`${name} has not answered for ${patienceMs / 1000} s`, { cause: error });
  } finally {
    over.abort();
  }
}
