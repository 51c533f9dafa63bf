import { once } from 'node:events';

/** The next message of a child process; rejects when it ends instead, or says nothing for a minute. */
export async function messageFrom(child) {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(60_000)]);
  const ended = async () => {
    await once(child, 'exit', { signal });
    throw new Error(`${child.spawnargs.slice(1).join(' ')} ended before it answered`);
  };
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended()]);
    return message;
  } finally {
    over.abort();
  }
}
