import { ConnectionStatus } from './connection-status.js';
import { LiveStream } from './live-stream.js';
import { addNotice, clockTime, gapText } from './notices.js';
import { PriceCard } from './price-card.js';
import { Resumption } from './resumption.js';

const ANNOUNCE_MS = 30_000;

const element = (id) => document.getElementById(id);
const notices = element('notices');
const status = new ConnectionStatus(element('status'));
const pauseButton = element('pause');
const cards = new Map(
  ['AAPL', 'AMZN'].map((symbol) => [
    symbol,
    new PriceCard(symbol, element('charts'), element('latest').tBodies[0]),
  ]),
);

let state;
/** The time of the last price, as the server gave it, and when it came, as this page saw it. */
let last;
let resumption;

function onPrice({ type, data, lastEventId }) {
  const time = Number(lastEventId);
  const isNew = cards.get(type).add(time, Number(data));
  last = { time, at: performance.now() };
  if (resumption === undefined || !isNew) return;
  resumption.add(time);
  if (!resumption.isOver) return;
  addNotice(notices, resumption.summary, resumption.gap === '' ? 'good' : 'gap');
  resumption = undefined;
}

function onGap(event) {
  const text = gapText(event, 'prices');
  for (const card of cards.values()) card.break();
  if (resumption === undefined) addNotice(notices, text, 'gap');
  else resumption.gap = text;
}

function onState(next) {
  if (state === 'open' && next === 'reconnecting') addNotice(notices, 'The connection was lost.');
  if (state === 'reconnecting' && next === 'open') addNotice(notices, 'Connected again.', 'good');
  state = next;
  status.show(next);
}

const stream = new LiveStream('/price', { AAPL: onPrice, AMZN: onPrice, gap: onGap }, onState);

pauseButton.addEventListener('click', () => {
  if (state !== 'paused') {
    stream.pause();
    addNotice(notices, 'Paused: the stream is closed.');
    pauseButton.textContent = 'Resume';
    return;
  }
  pauseButton.textContent = 'Pause';
  if (last !== undefined) resumption = new Resumption(last);
  stream.resume();
});

// The table can be read at any time; this tells somebody who listens only now and then.
setInterval(() => {
  if (state !== 'open' || last === undefined) return;
  const prices = [...cards].map(([symbol, { price }]) => `${symbol} ${price}`);
  element('announcement').textContent = `${clockTime()}: ${prices.join(', ')}`;
}, ANNOUNCE_MS);
