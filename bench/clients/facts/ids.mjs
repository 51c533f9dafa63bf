import { endsOnce } from '../answers.mjs';
import { Trial } from '../trial.mjs';

/** What is sent as `Last-Event-ID` when a client comes back. */
export const ids = [
  {
    title: 'an id with NUL in it is passed over',
    measure: async (client) => yesOr(await idAfter(client, 'id:1\ndata:a\n\nid:2\0\ndata:b\n\n'), '1'),
  },
  {
    title: 'the id of a block that was cut off is not sent',
    measure: async (client) => yesOr(await idAfter(client, 'id:1\ndata:a\n\nid:2\ndata:b\n'), '1'),
  },
  {
    title: 'the id of a block without data is sent',
    measure: async (client) => yesOr(await idAfter(client, 'id:1\ndata:a\n\nid:2\n\n'), '2'),
  },
  {
    title: 'an empty id takes the last one back',
    measure: async (client) => yesOr(await idAfter(client, 'id:1\ndata:a\n\nid:\ndata:b\n\n'), undefined),
  },
  { title: 'the id `é` comes back as', measure: (client) => encodingOf(client, 'é') },
  { title: 'the id `€` comes back as', measure: (client) => encodingOf(client, '€') },
];

/** The id that the second request has, byte by byte; or what happens in place of that request. */
function idAfter(client, text) {
  return Trial.run(client, { answer: endsOnce('retry:50\n\n', text) }, async (trial) => {
    await trial.request(0);
    const second = await trial.request(1, 3_000);
    if (second !== undefined) return { id: second.headers.get('last-event-id') };
    if (trial.hasExited) return { instead: 'the process ends' };
    return { instead: trial.of('error').length > 3 ? 'no request, error after error' : 'no request' };
  });
}

function yesOr({ id, instead }, expected) {
  if (instead !== undefined) return instead;
  if (id === expected) return 'yes';
  return id === undefined ? 'no, none is sent' : `no, \`${id}\` is sent`;
}

async function encodingOf(client, id) {
  const sent = await idAfter(client, `id:${id}\ndata:a\n\n`);
  if (sent.instead !== undefined) return sent.instead;
  if (sent.id === undefined) return 'none';
  // The server has read bytes as the characters of Latin-1.
  if (Buffer.from(sent.id, 'latin1').equals(Buffer.from(id))) return 'UTF-8';
  return sent.id === id ? 'Latin-1' : 'something else';
}
