import { ChatRoom } from './chat-room.js';

const element = (id) => document.getElementById(id);
const join = element('join');
const name = element('name');
let room;

name.value = sessionStorage.getItem('name') ?? '';
name.focus();

join.addEventListener('submit', (event) => {
  event.preventDefault();
  const me = name.value.trim();
  if (me === '') return;
  sessionStorage.setItem('name', me);
  show('room');
  room = new ChatRoom(me);
  element('message').focus();
});

element('leave').addEventListener('click', () => {
  room.leave();
  show('join');
  name.focus();
});

element('say').addEventListener('submit', (event) => {
  event.preventDefault();
  void say();
});

async function say() {
  const message = element('message');
  const to = element('to').value;
  const text = message.value.trim();
  if (text === '') return;
  // At once, so that sending twice says it once; given back when it could not be sent.
  message.value = '';
  if (!(await room.say(text, to)) && message.value === '') message.value = text;
}

function show(what) {
  join.hidden = what !== 'join';
  for (const id of ['room', 'leave', 'status']) element(id).hidden = what !== 'room';
}
