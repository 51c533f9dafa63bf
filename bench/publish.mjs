import { SseHub } from 'nestjs-sse-hub';
import { dataOf } from './event.mjs';
import { compare, cpuTimeOf } from './rounds.mjs';

const AWAITED_AT_ONCE = 1_000;

/** Publishing to a topic that nobody follows, with the history that is kept by default. */
export async function benchPublish({ rounds, operations }) {
  const hub = new SseHub();
  await hub.ready;
  let bytes = 0;
  const rows = await compare(
    {
      'JSON.stringify + Buffer.from': () =>
        cpuTimeOf(operations, () => {
          for (let n = 0; n < operations; n++) bytes += Buffer.from(JSON.stringify(dataOf(n))).length;
        }),
      'hub.publish, nobody follows': () =>
        cpuTimeOf(operations, async () => {
          for (let n = 0; n < operations; n += AWAITED_AT_ONCE) await publish(hub, n, AWAITED_AT_ONCE);
        }),
    },
    rounds,
  );
  await hub.close();
  return rows;
}

async function publish(hub, first, count) {
  const published = [];
  for (let n = first; n < first + count; n++) {
    published.push(hub.publish('bench', { event: 'tick', data: dataOf(n) }));
  }
  await Promise.all(published);
}
