import { dataOf, EVENT_NAME } from '../event.mjs';
import { parsers } from './parsers.mjs';

const EVENTS = 10_000;

/** Parsing a stream of usual events that comes in chunks of so many bytes; an operation is an event. */
export async function start({ parser, chunkBytes }) {
  const makeParser = await parsers[parser]();
  const chunks = chunksOf(Buffer.from(streamText()), chunkBytes);
  return {
    operate: async (operations) => {
      for (let left = operations; left > 0; left -= EVENTS) parseAll(makeParser, chunks);
    },
  };
}

function parseAll(makeParser, chunks) {
  let events = 0;
  const parse = makeParser(() => events++);
  for (const chunk of chunks) parse(chunk);
  if (events !== EVENTS) throw new Error(`${events} events were found, of ${EVENTS}`);
}

function streamText() {
  let text = '';
  for (let n = 1; n <= EVENTS; n++)
    text += `id:1abcdefgh-${n.toString(36)}\nevent:${EVENT_NAME}\ndata:${JSON.stringify(dataOf(n))}\n\n`;
  return text;
}

function chunksOf(bytes, length) {
  const chunks = [];
  for (let begin = 0; begin < bytes.length; begin += length)
    chunks.push(new Uint8Array(bytes.subarray(begin, begin + length)));
  return chunks;
}
