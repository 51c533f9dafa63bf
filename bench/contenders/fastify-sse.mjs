import fastifySse from '@fastify/sse';
import { fastify } from 'fastify';
import { EVENT_NAME } from '../event.mjs';

/** @fastify/sse, which has no broadcast of its own: every open reply is sent every event. */
export async function start({ heartbeats }) {
  const open = new Set();
  const app = fastify();
  await app.register(fastifySse, heartbeats ? {} : { heartbeatInterval: 0 });
  app.get('/', { sse: 'only' }, async (_request, reply) => {
    reply.sse.keepAlive();
    reply.sse.sendHeaders();
    reply.raw.flushHeaders();
    open.add(reply.sse);
    reply.sse.onClose(() => open.delete(reply.sse));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  let id = 0;
  return {
    port: app.server.address().port,
    publish: (events) => {
      for (const data of events) {
        const event = { id: ++id, event: EVENT_NAME, data };
        for (const sse of open) void sse.send(event);
      }
    },
  };
}
