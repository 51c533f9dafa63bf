/** The open responses of a control, which writes one shared buffer to each. */
export class Responses {
  #open = new Set();

  open(response) {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache, no-transform',
    });
    response.flushHeaders();
    this.#open.add(response);
    response.on('close', () => this.#open.delete(response));
  }

  write(bytes) {
    for (const response of this.#open) response.write(bytes);
  }
}
