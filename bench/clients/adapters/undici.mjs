import { Agent, EventSource } from 'undici';
import { listen } from './listen.mjs';

export function open(url, options, told) {
  const source = new EventSource(url, { dispatcher: dispatcherOf(options) });
  listen(source, options, told);
  return source;
}

function dispatcherOf({ counts, idleTimeout }) {
  let attempt = 0;
  const agent = new Agent(idleTimeout === undefined ? {} : { bodyTimeout: idleTimeout });
  if (!counts) return agent;
  return agent.compose((dispatch) => (request, handler) => {
    const headers = Object.assign({}, request.headers, { 'x-attempt': `${++attempt}` });
    return dispatch({ ...request, headers }, handler);
  });
}
