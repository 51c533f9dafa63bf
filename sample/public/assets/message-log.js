import { timeElement } from './notices.js';

// A page may stay open for days.
const MOST_ENTRIES = 500;

/** What is said in the room, and what happens to it. Text is text here, whatever somebody writes. */
export class MessageLog {
  #list;
  #me;

  constructor(list, me) {
    this.#list = list;
    this.#me = me;
    list.replaceChildren();
  }

  /** @param message as the server sends it */
  say({ Type, From, To, Message, Timestamp }) {
    const isMine = From === this.#me;
    const head = document.createElement('div');
    head.className = 'head';
    head.append(span('from', isMine ? 'You' : From));
    if (Type === 'direct') head.append(span('direct', isMine ? `to ${To} alone` : 'to you alone'));
    head.append(timeElement(new Date(Timestamp)));
    const body = document.createElement('p');
    body.textContent = Message;
    this.#add(isMine ? 'mine' : 'theirs', head, body);
  }

  /** @param kind plain, gap or bad */
  tell(text, kind = 'plain', date = new Date()) {
    this.#add(`notice ${kind}`, span('words', text), timeElement(date));
  }

  #add(className, ...children) {
    const item = document.createElement('li');
    item.className = className;
    item.append(...children);
    const view = this.#list.parentElement;
    // Whoever reads what was said before is left there.
    const follows = view.scrollHeight - view.scrollTop - view.clientHeight < 40;
    this.#list.append(item);
    if (this.#list.children.length > MOST_ENTRIES) this.#list.firstElementChild.remove();
    if (follows || className === 'mine') view.scrollTop = view.scrollHeight;
  }
}

function span(className, text) {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}
