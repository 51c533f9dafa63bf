/**
 * Who is online, from the list that the server gives and from who joins and leaves. What happens while the list is on
 * its way is applied to it: as each change says who is here and not how many, what the list already knows changes
 * nothing.
 */
export class Roster {
  /** Who has been here while this page was open, and is not any more. */
  offline = new Set();
  online = new Set();
  #waiting;
  #onChange;

  constructor(onChange) {
    this.#onChange = onChange;
  }

  /** Asks for the list: when a stream has been opened, and so brings what happens from then on. */
  async load() {
    const waiting = [];
    this.#waiting = waiting;
    const answer = await fetch('/chat/online');
    const names = await answer.json();
    // The stream has been opened once more in the meantime, or nobody looks any more.
    if (this.#waiting !== waiting) return;
    this.#waiting = undefined;
    for (const name of this.online) this.offline.add(name);
    this.online = new Set(names);
    for (const name of names) this.offline.delete(name);
    for (const [change, name] of waiting) this.#apply(change, name);
    this.#onChange();
  }

  /** The list that is on its way belongs to nobody any more. */
  close() {
    this.#waiting = undefined;
  }

  joined(name) {
    return this.#note('joined', name);
  }

  left(name) {
    return this.#note('left', name);
  }

  /** Takes note of somebody who has said something, who may not be here any more. */
  met(name) {
    if (this.online.has(name) || this.offline.has(name)) return;
    this.offline.add(name);
    this.#onChange();
  }

  #note(change, name) {
    this.#waiting?.push([change, name]);
    this.#apply(change, name);
    this.#onChange();
  }

  #apply(change, name) {
    const [from, to] = change === 'joined' ? [this.offline, this.online] : [this.online, this.offline];
    from.delete(name);
    to.add(name);
  }
}
