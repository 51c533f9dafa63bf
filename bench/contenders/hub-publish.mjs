import { SseHub } from 'nestjs-sse-hub';
import { dataOf, EVENT_NAME } from '../event.mjs';

const AWAITED_AT_ONCE = 1_000;

/** Publishing to a topic that nobody follows, with the history that is kept by default. */
export async function start() {
  const hub = new SseHub();
  await hub.ready;
  return {
    operate: async (operations) => {
      for (let n = 1; n <= operations; n += AWAITED_AT_ONCE) await publish(hub, n);
    },
  };
}

/** What is published is appended in the order of the calls: when the last one is in the log, all are. */
async function publish(hub, first) {
  let last;
  for (let n = first; n < first + AWAITED_AT_ONCE; n++)
    last = hub.publish('bench', { event: EVENT_NAME, data: dataOf(n) });
  await last;
}
