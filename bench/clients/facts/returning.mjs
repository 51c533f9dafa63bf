import { setTimeout as delay } from 'node:timers/promises';
import { head, openWith, status } from '../answers.mjs';
import { Trial } from '../trial.mjs';

/** Whether a client comes back, and when. */
export const returning = [
  {
    title: 'requests within a second after `retry: 99999999999`',
    measure: (client) => requestsWithin(client, 'retry:99999999999\ndata:1\n\n', 1_000),
  },
  {
    title: 'requests within a second after `retry: 0`',
    measure: (client) => requestsWithin(client, 'retry:0\ndata:1\n\n', 1_000),
  },
  ...[
    [503, 'Retry-After: 5\r\n', 8_000],
    [500, '', 5_000],
    [429, '', 5_000],
    [404, '', 5_000],
    [204, '', 5_000],
  ].map(([code, headers, patience]) => ({
    title: `after ${code}${headers === '' ? '' : ` with \`${headers.trim()}\``}`,
    measure: (client) => after(client, (socket) => socket.end(status(code, headers)), patience),
  })),
  {
    title: 'after a connection that breaks before its answer',
    measure: (client) => after(client, (socket) => socket.resetAndDestroy(), 5_000),
  },
  {
    title: '`text/event-streamx` is refused',
    measure: async (client) => ((await accepts(client, 'text/event-streamx')) ? 'no' : 'yes'),
  },
  {
    title: '`Text/Event-Stream; charset=utf-8` is taken',
    measure: async (client) => ((await accepts(client, 'Text/Event-Stream; charset=utf-8')) ? 'yes' : 'no'),
  },
  {
    title: 'a finite stream that is complete can be told from one that broke',
    measure: async (client) => {
      const [whole, broken] = [
        await tells(client, finish),
        await tells(client, (socket) => socket.destroy()),
      ];
      if (kinds(whole) !== kinds(broken)) return 'yes';
      return messages(whole) === messages(broken) ? 'no' : 'by the words of the error';
    },
  },
  {
    title: 'a connection that has gone silent is given up, set to 1 s',
    measure: (client) => {
      const way = client.can.idleTimeout;
      if (way === undefined) return 'no';
      return Trial.run(
        client,
        { answer: openWith('data:1\n\n'), options: { idleTimeout: 1_000 } },
        async (trial) => {
          await trial.until(() => trial.events.length > 0);
          const isNoticed = await trial.until(() => trial.of('error').length > 0, 4_000);
          if (!isNoticed) return 'no';
          const seconds = (trial.of('error')[0].at - trial.events[0].at) / 1_000;
          const isBack = (await trial.request(1, 4_500)) !== undefined;
          const said = `after ${seconds.toFixed(1)} s, and ${isBack ? 'comes back' : 'ends'}`;
          return way === '' ? said : `${said}, ${way}`;
        },
      );
    },
  },
];

function requestsWithin(client, text, milliseconds) {
  const answer = (socket) => socket.end(`${head()}${text}`);
  return Trial.run(client, { answer }, async (trial) => {
    await trial.request(0);
    await delay(milliseconds);
    return `${trial.requests.length - 1}`;
  });
}

/** What follows when every request is answered so. */
function after(client, answer, patience) {
  return Trial.run(client, { answer }, async (trial) => {
    const first = await trial.request(0);
    const hasEnded = () => trial.of('end').length > 0;
    await trial.until(() => trial.requests.length > 1 || hasEnded() || trial.hasExited, patience);
    const second = trial.requests[1];
    if (second !== undefined) return `back after ${((second.at - first.at) / 1_000).toFixed(1)} s`;
    if (trial.hasExited) return 'the process ends';
    return hasEnded() ? 'ends' : `nothing for ${patience / 1_000} s`;
  });
}

function accepts(client, type) {
  const answer = (socket) => socket.write(`${head(type)}data:1\n\n`);
  return Trial.run(client, { answer }, async (trial) => {
    await trial.request(0);
    await trial.until(
      () => trial.events.length > 0 || trial.of('end').length > 0 || trial.requests.length > 1,
      1_500,
    );
    return trial.events.length > 0;
  });
}

/** What a client tells of a stream that goes on by chunks, up to the end that it has. */
function tells(client, end) {
  const answer = async (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
    socket.write('8\r\ndata:1\n\n\r\n');
    await delay(200);
    end(socket);
  };
  return Trial.run(client, { answer, options: { isFinite: true } }, async (trial) => {
    await trial.until(() => trial.events.length > 0);
    await delay(900);
    return trial.told;
  });
}

function finish(socket) {
  socket.write('0\r\n\r\n');
}

function kinds(told) {
  return told.map(({ kind }) => kind).join();
}

function messages(told) {
  return told.map(({ message }) => message).join('\n');
}
