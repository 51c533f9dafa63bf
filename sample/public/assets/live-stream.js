// What a server answers other than 200 ends an EventSource for good: here it is tried again after as long.
const RETRY_MS = 5_000;

/**
 * An EventSource that tells its state and can be paused. Resuming opens a new one that asks, by `lastEventId` in the
 * query, for what has come after the last event; while it lasts, the browser reconnects by itself.
 */
export class LiveStream {
  #url;
  #handlers;
  #onState;
  #source;
  #retry;
  #lastEventId = '';

  /**
   * @param url of the stream
   * @param handlers of its events, by their names
   * @param onState told of each state: connecting, open, reconnecting, paused
   */
  constructor(url, handlers, onState) {
    this.#url = new URL(url, location.href);
    this.#handlers = Object.entries(handlers);
    this.#onState = onState;
    this.resume();
  }

  /** Goes on after the last event that there was. */
  resume() {
    this.#close();
    this.#onState('connecting');
    this.#connect();
  }

  pause() {
    this.#close();
    this.#onState('paused');
  }

  #close() {
    clearTimeout(this.#retry);
    this.#source?.close();
  }

  #connect() {
    const url = new URL(this.#url);
    if (this.#lastEventId !== '') url.searchParams.set('lastEventId', this.#lastEventId);
    const source = new EventSource(url);
    this.#source = source;
    source.addEventListener('open', () => this.#onState('open'));
    source.addEventListener('error', () => this.#onError());
    for (const [name, handle] of this.#handlers) {
      source.addEventListener(name, (event) => {
        this.#lastEventId = event.lastEventId;
        handle(event);
      });
    }
  }

  #onError() {
    this.#onState('reconnecting');
    if (this.#source.readyState === EventSource.CLOSED) {
      this.#retry = setTimeout(() => this.#connect(), RETRY_MS);
    }
  }
}
