import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createChannel, createEventBuffer, createSession } from 'better-sse';
import { EVENT_NAME } from '../event.mjs';
import { listen } from './listen.mjs';

/**
 * better-sse without a framework, which is cheaper than with one: a channel, which has every session serialise the event
 * anew, or one event buffer for each turn that is given to every session.
 */
export async function start({ http2, heartbeats, inBatches }) {
  const channel = createChannel();
  const options = heartbeats ? {} : { keepAlive: null };
  const createServer = http2 ? createHttp2Server : createHttpServer;
  const server = createServer((request, response) => void register(request, response));
  const register = async (request, response) => {
    channel.register(await createSession(request, response, options));
  };
  let id = 0;
  const broadcast = (events) => {
    for (const data of events) channel.broadcast(data, EVENT_NAME, { eventId: String(++id) });
  };
  const batch = (events) => {
    const buffer = createEventBuffer();
    for (const data of events) buffer.push(data, EVENT_NAME, String(++id));
    for (const session of channel.activeSessions) void session.batch(buffer);
  };
  return { port: await listen(server), publish: inBatches ? batch : broadcast };
}
