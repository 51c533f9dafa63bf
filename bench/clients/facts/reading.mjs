import { head, openWith } from '../answers.mjs';
import { Trial } from '../trial.mjs';

/** What is made of the bytes of a stream. */
export const reading = [
  {
    title: 'an event whose last line ends in a lone CR is delivered',
    measure: (client) =>
      Trial.run(client, { answer: loneCr }, async (trial) => {
        const isThere = () => trial.events.length > 0;
        await trial.request(0);
        if (await trial.until(isThere, 1_000)) return 'at once';
        return (await trial.until(isThere, 1_500)) ? 'with the next bytes' : 'no';
      }),
  },
  {
    title: 'a character that is cut in two comes whole',
    measure: (client) =>
      reads(
        client,
        [Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xe2, 0x82]), Buffer.from([0xac, 0x0a, 0x0a])],
        ['€'],
      ),
  },
  {
    title: 'invalid UTF-8 becomes U+FFFD',
    measure: (client) => reads(client, [Buffer.from('data:a\xffb\n\n', 'latin1')], ['a\ufffdb']),
  },
  {
    title: 'a byte order mark is passed over at the start, and only there',
    measure: async (client) => {
      const data = await dataOf(client, ['\ufeffdata:1\n\n\ufeffdata:2\n\ndata:3\n\n'], 2);
      if (!data.includes('1')) return 'no, the first event is lost';
      return data.includes('2') ? 'no, everywhere' : 'yes';
    },
  },
  {
    title: 'the same, when it comes byte by byte',
    measure: (client) =>
      reads(client, [Buffer.of(0xef), Buffer.of(0xbb), Buffer.of(0xbf), 'data:1\n\n'], ['1']),
  },
  {
    title: 'an empty first line of data is kept',
    measure: (client) => reads(client, ['data:\ndata:1\n\n'], ['\n1']),
  },
  {
    title: 'a block without data is no event',
    measure: async (client) => {
      const data = await dataOf(client, [':\n\nevent:x\n\ndata:1\n\n'], 1);
      const empty = data.filter((text) => text !== '1').length;
      return empty === 0 ? 'yes' : `no, ${empty} of 2 are`;
    },
  },
  {
    title: 'a block that is cut off at the end is no event',
    measure: (client) =>
      Trial.run(client, { answer: cutsOff }, async (trial) => {
        await trial.request(1);
        await trial.until(() => trial.events.some(({ data }) => data === '3'), 1_000);
        return yesOrNo(!trial.events.some(({ data }) => data.includes('2')));
      }),
  },
  {
    title: 'an event without an id has the last one',
    measure: (client) =>
      Trial.run(client, { answer: openWith('id:1\ndata:a\n\ndata:b\n\n') }, async (trial) => {
        const [, second] = await trial.someEvents(2);
        return yesOrNo(second?.lastEventId === '1');
      }),
  },
  {
    title: 'an event that is named `error` can be told from a failure',
    measure: (client) => named(client, 'error'),
  },
  {
    title: 'the same, where nobody listens to it',
    measure: (client) =>
      Trial.run(
        client,
        { answer: openWith('event:error\ndata:1\n\n'), options: { isDeaf: true } },
        async (trial) => {
          await trial.request(0);
          return (await trial.until(() => trial.hasExited, 1_000)) ? 'the process ends' : 'nothing happens';
        },
      ),
  },
  {
    title: 'an event that is named `__proto__` is delivered',
    measure: (client) => named(client, '__proto__'),
  },
  {
    title: 'nothing is delivered after `close()`, not even from the same bytes',
    measure: (client) =>
      Trial.run(
        client,
        { answer: openWith('data:1\n\ndata:2\n\ndata:3\n\n'), options: { closesAtFirst: true } },
        async (trial) => {
          const { length } = await trial.someEvents(3, 700);
          if (length === 0) throw new Error(`${client.title} delivers nothing at all`);
          return length === 1 ? 'yes' : `no, ${length - 1} of 2 are`;
        },
      ),
  },
];

function cutsOff(socket, number) {
  if (number === 0) socket.end(`${head()}retry:50\ndata:1\n\ndata:2\n`);
  else socket.write(`${head()}\ndata:3\n\n`);
}

async function loneCr(socket) {
  await openWith('data:1\r\r')(socket);
  setTimeout(() => socket.write('data:2\r\r'), 1_300);
}

function dataOf(client, chunks, count) {
  return Trial.run(client, { answer: openWith(...chunks), options: { names: ['x'] } }, async (trial) => {
    const events = await trial.someEvents(count);
    return events.map(({ data }) => data);
  });
}

async function reads(client, chunks, expected) {
  const data = await dataOf(client, chunks, expected.length);
  return yesOrNo(JSON.stringify(data) === JSON.stringify(expected));
}

function named(client, name) {
  const answer = openWith(`event:${name}\ndata:1\n\n`);
  return Trial.run(client, { answer, options: { names: [name] } }, async (trial) => {
    const [event] = await trial.someEvents(1);
    if (event === undefined) return 'no, it is lost';
    if (event.type !== name) return 'no';
    return trial.of('error').length === 0 ? 'yes' : 'by its data';
  });
}

function yesOrNo(isSo) {
  return isSo ? 'yes' : 'no';
}
