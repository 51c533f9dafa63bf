import { encodeEvent } from 'nestjs-sse-hub';
import { dataOf, EVENT_NAME } from '../event.mjs';

/** The encoder by itself. */
export async function start() {
  let bytes = 0;
  return {
    operate: (operations) => {
      for (let n = 1; n <= operations; n++) {
        bytes += encodeEvent({ event: EVENT_NAME, id: `i${n}`, data: dataOf(n) }).length;
      }
      return bytes;
    },
  };
}
