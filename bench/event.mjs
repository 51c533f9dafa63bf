const text = 'x'.repeat(80);

/** The data of every event that is measured: about a hundred bytes of JSON, with a number to be told apart by. */
export function dataOf(n) {
  return { n, text };
}
