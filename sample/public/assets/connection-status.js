const TEXTS = {
  connecting: 'Connecting…',
  open: 'Connected',
  reconnecting: 'Connection lost, trying again',
  paused: 'Paused',
};

/** Shows the state of a stream in an element with `role="status"`, and for how long a connection has been lost. */
export class ConnectionStatus {
  #element;
  #text = document.createElement('span');
  #clock = document.createElement('span');
  #ticking;
  #state;

  constructor(element) {
    this.#element = element;
    // Read aloud is what changes rarely; nobody wants to be told every second.
    this.#clock.setAttribute('aria-hidden', 'true');
    element.replaceChildren(this.#text, this.#clock);
  }

  show(state) {
    // Each attempt that fails tells it again, and each attempt of ours is part of it.
    if (this.#state === state) return;
    this.#state = state;
    clearInterval(this.#ticking);
    this.#element.dataset.state = state;
    this.#text.textContent = TEXTS[state];
    this.#clock.textContent = '';
    if (state === 'reconnecting') this.#count(Date.now());
  }

  #count(since) {
    const tick = () => {
      this.#clock.textContent = `${Math.round((Date.now() - since) / 1_000)} s`;
    };
    tick();
    this.#ticking = setInterval(tick, 1_000);
  }
}
