import { writeSync } from 'node:fs';
import type { LogRecord, TopicKey } from 'nestjs-sse-hub';
import { lmdbLog } from 'nestjs-sse-hub/lmdb';

/** Appends as fast as it can until it is killed, and writes down the offset and the number of all that is acknowledged. */
const { LOG = '', RUN = '', SYNC } = process.env;

const log = lmdbLog({
  path: LOG,
  sync: SYNC === 'event' ? 'event' : 'grouped',
  retention: { count: Infinity, bytes: Infinity, age: Infinity },
});
const told = new Set<number>();
await log.open({ committed: ({ offset }: LogRecord) => told.add(offset) });
writeSync(1, 'open\n');

let number = 0;

async function appendForEver(): Promise<never> {
  for (;;) {
    const mine = ++number;
    const keys: TopicKey[] = mine % 3 === 0 ? ['t:a', 't:b'] : ['t:a'];
    const body = `data:${RUN} ${mine}\n\n`;
    const offset = await log.append({ keys, id: undefined, body, kind: 'text', time: Date.now() });
    if (!told.delete(offset)) throw new Error(`${offset} was acknowledged and not told`);
    writeSync(1, `${offset} ${mine}\n`);
  }
}

await Promise.all(Array.from({ length: 50 }, appendForEver));
