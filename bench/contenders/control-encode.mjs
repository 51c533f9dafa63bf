import { dataOf } from '../event.mjs';

/** What no library can do without: JSON, and its bytes. */
export async function start() {
  let bytes = 0;
  return {
    operate: (operations) => {
      for (let n = 1; n <= operations; n++) bytes += Buffer.from(JSON.stringify(dataOf(n))).length;
      return bytes;
    },
  };
}
