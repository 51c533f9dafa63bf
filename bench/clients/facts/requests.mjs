import { head } from '../answers.mjs';
import { ScriptedServer } from '../scripted-server.mjs';
import { Trial } from '../trial.mjs';

/** What can be asked for, and how. */
export const requests = [
  {
    title: 'POST with a body, also when it comes back',
    measure: (client) =>
      optional(client.can.post, () =>
        Trial.run(client, { answer: endsSoon, options: { body: '{"a":1}' } }, async (trial) => {
          await trial.request(1);
          return trial.requests.length > 1 && trial.requests.every(isThePost);
        }),
      ),
  },
  {
    title: 'headers that differ from attempt to attempt',
    measure: (client) =>
      optional(client.can.headers, () =>
        Trial.run(client, { answer: endsSoon, options: { counts: true } }, async (trial) => {
          return (await trial.request(1))?.headers.get('x-attempt') === '2';
        }),
      ),
  },
  {
    title: '`Authorization` is kept from another origin that a 307 leads to',
    measure: async (client) => {
      if (client.can.redirect === undefined) return 'n/a';
      const other = await ScriptedServer.start((socket) => socket.write(head()));
      const answer = (socket) =>
        socket.end(
          `HTTP/1.1 307 Elsewhere\r\nLocation: ${other.url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
        );
      try {
        return await Trial.run(
          client,
          { answer, options: { headers: { authorization: 'Bearer x' } } },
          async (trial) => {
            await trial.request(0);
            await trial.until(() => other.requests.length > 0, 2_000);
            if (trial.requests[0]?.headers.get('authorization') !== 'Bearer x')
              return 'it is not sent at all';
            const [request] = other.requests;
            if (request === undefined) return 'does not follow';
            return request.headers.has('authorization') ? 'no' : 'yes';
          },
        );
      } finally {
        await other.stop();
      }
    },
  },
];

function endsSoon(socket) {
  socket.end(`${head()}retry:50\ndata:1\n\n`);
}

function isThePost({ method, body }) {
  return method === 'POST' && body === '{"a":1}';
}

/** @param way how the client is told to; undefined where it cannot be */
async function optional(way, isSo) {
  if (way === undefined) return 'n/a';
  if (!(await isSo())) return 'no';
  return way === '' ? 'yes' : `yes, ${way}`;
}
