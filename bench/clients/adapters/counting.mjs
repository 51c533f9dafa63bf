/** A `fetch` that counts its attempts, in a header. */
export function countingFetch() {
  let attempt = 0;
  return (input, init) => {
    const headers = new Headers(init.headers);
    headers.set('x-attempt', `${++attempt}`);
    return fetch(input, { ...init, headers });
  };
}
