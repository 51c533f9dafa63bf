import { setTimeout as delay } from 'node:timers/promises';

const CLOSE = 'Connection: close\r\n';

/** The head of an event stream that ends with its connection. */
export function head(type = 'text/event-stream') {
  return `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n${CLOSE}\r\n`;
}

/** An answer that has no stream. */
export function status(code, headers = '') {
  const length = code === 204 ? '' : 'Content-Length: 0\r\n';
  return `HTTP/1.1 ${code} Whatever\r\n${headers}${length}${CLOSE}\r\n`;
}

/** Answers with an event stream of these chunks, a while between them, and leaves it open. */
export function openWith(...chunks) {
  return async (socket) => {
    socket.write(head());
    for (const chunk of chunks) {
      await delay(60);
      socket.write(chunk);
    }
  };
}

/** Answers the first request with an event stream that ends, and the others with one that stays open. */
export function endsOnce(...chunks) {
  return async (socket, number) => {
    if (number > 0) {
      socket.write(head());
      return;
    }
    await openWith(...chunks)(socket);
    await delay(60);
    socket.end();
  };
}
