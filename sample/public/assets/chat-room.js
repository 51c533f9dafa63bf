import { ConnectionStatus } from './connection-status.js';
import { LiveStream } from './live-stream.js';
import { MessageLog } from './message-log.js';
import { gapText } from './notices.js';
import { People } from './people.js';
import { Roster } from './roster.js';

const element = (id) => document.getElementById(id);

/** The room as one person sees it, from joining to leaving. */
export class ChatRoom {
  #me;
  #log;
  #people;
  #roster = new Roster(() => this.#people.show(this.#roster));
  #status = new ConnectionStatus(element('status'));
  #stream;
  #state;

  constructor(me) {
    this.#me = me;
    this.#log = new MessageLog(element('messages'), me);
    this.#people = new People({
      list: element('people'),
      count: element('count'),
      select: element('to'),
      me,
      onChosen: () => element('message').focus(),
    });
    this.#people.show(this.#roster);
    this.#log.tell(`You are here as ${me}.`);
    const handlers = {
      broadcast: (event) => this.#hear(event),
      direct: (event) => this.#hear(event),
      joined: (event) => this.#onJoined(event),
      left: (event) => this.#onLeft(event),
      gap: (event) => this.#log.tell(gapText(event, 'messages'), 'gap'),
    };
    const url = `/chat/sse?${new URLSearchParams({ username: me, presence: 'true' })}`;
    this.#stream = new LiveStream(url, handlers, (state) => this.#onState(state));
  }

  leave() {
    this.#stream.pause();
    this.#roster.close();
  }

  /** Says something, to everyone where `to` is empty; answers whether it could be sent. */
  async say(message, to) {
    const isDirect = to !== '';
    const query = new URLSearchParams({ from: this.#me, message, ...(isDirect && { to }) });
    try {
      const answer = await fetch(`/chat/${isDirect ? 'direct' : 'broadcast'}?${query}`, { method: 'POST' });
      if (!answer.ok) throw new Error(`the server answered with ${answer.status}`);
      // What is said to everyone comes back on the stream; what is said to one person goes there only.
      if (isDirect && to !== this.#me) this.#log.say(await answer.json());
      if (this.#people.isOffline(to)) this.#log.tell(`${to} is offline. The message waits for them.`);
      return true;
    } catch {
      this.#log.tell('The message could not be sent. It is still in the field below: try again.', 'bad');
      return false;
    }
  }

  #hear(event) {
    const message = JSON.parse(event.data);
    this.#log.say(message);
    this.#roster.met(message.From);
  }

  #onJoined(event) {
    const { User, Timestamp } = JSON.parse(event.data);
    const isNews = !this.#roster.online.has(User) && User !== this.#me;
    this.#roster.joined(User);
    if (isNews) this.#log.tell(`${User} is online.`, 'plain', new Date(Timestamp));
  }

  #onLeft(event) {
    const { User, Timestamp } = JSON.parse(event.data);
    if (User === this.#me) return;
    this.#roster.left(User);
    this.#log.tell(`${User} is offline.`, 'plain', new Date(Timestamp));
  }

  #onState(state) {
    if (this.#state === 'open' && state === 'reconnecting') {
      const later = 'What is said meanwhile comes later, if the server still has it.';
      this.#log.tell(`You are offline: the connection was lost. ${later}`, 'bad');
    }
    if (this.#state === 'reconnecting' && state === 'open') this.#log.tell('You are online again.');
    this.#state = state;
    this.#status.show(state);
    // When it fails, the stream fails too, and opens again.
    if (state === 'open') this.#roster.load().catch(() => undefined);
  }
}
