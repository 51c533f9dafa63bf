import { createServer } from 'node:http';
import { EventSequence } from '../event.mjs';
import { openChunked, toChunk } from './control-socket.mjs';
import { encodeEvent } from './encode-turn.mjs';
import { listen } from './listen.mjs';

const PIECE = 64 * 1024;

/** A history that is encoded already, written to whoever comes: an event with each write, or 64 KiB. */
export async function start({ retained, inPieces }) {
  const encoded = new EventSequence().take(retained).map((data) => Buffer.from(encodeEvent(data)));
  const chunks = (inPieces ? joined(encoded) : encoded).map(toChunk);
  const server = createServer((_request, response) => writeAll(openChunked(response), chunks));
  return { port: await listen(server), publish: () => undefined };
}

/** Waits for the drain whenever the socket wants it. */
function writeAll(socket, chunks) {
  let next = 0;
  const goOn = () => {
    while (next < chunks.length) if (!socket.write(chunks[next++])) return;
    socket.off('drain', goOn);
  };
  socket.on('drain', goOn);
  goOn();
}

function joined(encoded) {
  const pieces = [];
  let piece = [];
  let length = 0;
  for (const event of encoded) {
    piece.push(event);
    length += event.length;
    if (length < PIECE) continue;
    pieces.push(Buffer.concat(piece));
    piece = [];
    length = 0;
  }
  return piece.length > 0 ? [...pieces, Buffer.concat(piece)] : pieces;
}
