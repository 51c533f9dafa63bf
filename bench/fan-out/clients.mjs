// The clients of one contender. Every event has the number after the one before it; all that are doubled or missing
// are counted. Told a number, it answers when every client has the event of that number.
import { once } from 'node:events';
import { get } from 'node:http';
import { createParser } from 'eventsource-parser';

const [port, count] = process.argv.slice(2).map(Number);
const result = { delivered: 0, missing: 0, doubled: 0 };
/** The number of the last event that each client has. */
const last = Array.from({ length: count }, () => 0);
let awaited = 0;
let arrived = 0;

await Promise.all(last.map((_, index) => connect(index)));
process.send('ready');

process.on('message', (message) => {
  if (message === 'end') {
    process.send(result, () => process.exit());
    return;
  }
  // Some events may have come before the message.
  awaited = message;
  arrived = last.filter((n) => n === awaited).length;
  answerWhenArrived();
});

async function connect(index) {
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'tick') take(index, JSON.parse(data).n);
    },
  });
  const request = get({ port, host: '127.0.0.1', agent: false });
  const [response] = await once(request, 'response');
  response.setEncoding('utf8').on('data', (text) => parser.feed(text));
}

function take(index, n) {
  if (n <= last[index]) {
    result.doubled++;
    return;
  }
  result.delivered++;
  result.missing += n - last[index] - 1;
  last[index] = n;
  if (n !== awaited) return;
  arrived++;
  answerWhenArrived();
}

function answerWhenArrived() {
  if (arrived === count) process.send('arrived');
}
