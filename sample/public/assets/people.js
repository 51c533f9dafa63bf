const EVERYONE = '';

/** Shows who is online, and offers everybody as the one to write to. */
export class People {
  #list;
  #count;
  #select;
  #me;
  #onChosen;

  constructor({ list, count, select, me, onChosen }) {
    this.#list = list;
    this.#count = count;
    this.#select = select;
    this.#me = me;
    this.#onChosen = onChosen;
  }

  show({ online, offline }) {
    const others = this.#sortedOthers(online);
    const away = this.#sortedOthers(offline);
    this.#showList(online.has(this.#me) ? [this.#me, ...others] : others);
    this.#showOptions(others, away);
  }

  /** Whether somebody is chosen who is not here. */
  isOffline(name) {
    return this.#option(name)?.dataset.offline === 'true';
  }

  #sortedOthers(names) {
    return [...names].filter((name) => name !== this.#me).sort((a, b) => a.localeCompare(b));
  }

  #showList(names) {
    this.#count.textContent = String(names.length);
    // The buttons that stay are kept, and with them the focus.
    const items = new Map([...this.#list.children].map((item) => [item.dataset.name, item]));
    for (const [name, item] of items) if (!names.includes(name)) item.remove();
    for (const [index, name] of names.entries()) {
      const item = items.get(name) ?? this.#item(name);
      if (this.#list.children[index] !== item)
        this.#list.insertBefore(item, this.#list.children[index] ?? null);
    }
  }

  #item(name) {
    const item = document.createElement('li');
    item.dataset.name = name;
    if (name === this.#me) {
      const me = document.createElement('span');
      me.textContent = `${name} (you)`;
      item.append(me);
      return item;
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = name;
    button.title = `Write to ${name} alone`;
    button.addEventListener('click', () => {
      this.#select.value = name;
      this.#onChosen();
    });
    item.append(button);
    return item;
  }

  #showOptions(others, away) {
    const chosen = this.#select.value;
    this.#select.replaceChildren(
      new Option('Everyone', EVERYONE),
      ...others.map((name) => new Option(name, name)),
      ...away.map((name) => {
        const option = new Option(`${name} (offline)`, name);
        option.dataset.offline = 'true';
        return option;
      }),
    );
    this.#select.value = this.#option(chosen) === undefined ? EVERYONE : chosen;
  }

  #option(name) {
    return [...this.#select.options].find(({ value }) => value === name);
  }
}
