import { encodeEvent } from 'nestjs-sse-hub';
import { dataOf } from './event.mjs';
import { compare, cpuTimeOf } from './rounds.mjs';

/** Encoding an event, against what no encoder can do without: JSON, and its bytes. */
export function benchEncode({ rounds, operations }) {
  let bytes = 0;
  const run = (encode) => () =>
    cpuTimeOf(operations, () => {
      for (let n = 0; n < operations; n++) bytes += encode(n).length;
    });
  return compare(
    {
      'JSON.stringify + Buffer.from': run((n) => Buffer.from(JSON.stringify(dataOf(n)))),
      encodeEvent: run((n) => encodeEvent({ event: 'tick', id: `i${n}`, data: dataOf(n) })),
    },
    rounds,
  );
}
