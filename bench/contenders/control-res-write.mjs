import { createServer } from 'node:http';
import { encodeTurn } from './encode-turn.mjs';
import { listen } from './listen.mjs';
import { Responses } from './responses.mjs';

/** node:http without a library: the events of a turn are encoded once, and written with one call for each client. */
export async function start() {
  const responses = new Responses();
  const port = await listen(createServer((_request, response) => responses.open(response)));
  return { port, publish: (events) => responses.write(encodeTurn(events)) };
}
