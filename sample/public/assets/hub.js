import { ConnectionStatus } from './connection-status.js';
import { DataTable } from './data-table.js';
import { LiveStream } from './live-stream.js';
import { Rates } from './rates.js';

const element = (id) => document.getElementById(id);
const number = (title) => ({ title, isNumber: true });
const text = (title) => ({ title });

const rates = new Rates();
const status = new ConnectionStatus(element('status'));
const topics = new DataTable(
  element('topics'),
  [text('Topic'), number('Streams'), number('Published'), number('Per second')],
  'Nobody follows a topic.',
);
const streams = new DataTable(
  element('streams'),
  [text('User'), text('Address'), text('Topics'), text('Position'), text('Open for'), text('Lag')],
  'No stream is open.',
);
const counts = ['closed', 'gaps', 'refused'].map((name) => [
  name,
  new DataTable(element(name), [text('Why'), number('Count')], 'None so far.'),
]);

function show({ time, stats, total, ...lists }) {
  rates.begin(time);
  showFigures(stats, total);
  topics.show(
    lists.topics.map(({ topic, streams: followers, published }) => [
      topic,
      count(followers),
      count(published),
      rate(rates.of(`topic ${topic}`, published)),
    ]),
  );
  streams.show(lists.streams.map((stream) => streamRow(stream, time)));
  const rest = total.streams - lists.streams.length;
  element('rest').hidden = rest === 0;
  element('rest').textContent = `and ${count(rest)} more`;
  for (const [name, table] of counts) {
    const rows = Object.entries(stats[name]).filter(([, times]) => times > 0);
    table.show(rows.map(([reason, times]) => [reason, count(times)]));
  }
}

function showFigures(stats, total) {
  const figures = [
    ['Open streams', count(stats.open), `${count(stats.opened)} opened since the start`],
    ['Topics', count(total.topics), 'that somebody follows'],
    [
      'Published',
      rate(rates.of('published', stats.published)),
      `events a second, ${count(stats.published)} in all`,
    ],
    [
      'Delivered',
      rate(rates.of('delivered', stats.delivered)),
      `events a second, ${count(stats.delivered)} in all`,
    ],
    ['Sent', bytes(rates.of('bytes', stats.bytes)), `a second, ${bytes(stats.bytes)} in all`],
    ['Lagging', count(stats.lagging), 'streams are behind'],
    ['Replayed', count(stats.replayed), 'events, read from the log'],
    ['Gaps', count(sum(stats.gaps)), 'told to clients'],
  ];
  element('figures').replaceChildren(...figures.map(([name, value, note]) => figure(name, value, note)));
}

function figure(name, value, note) {
  const group = document.createElement('div');
  const [term, amount, remark] = ['dt', 'dd', 'dd'].map((tag) => document.createElement(tag));
  group.className = 'card';
  term.textContent = name;
  amount.className = 'amount';
  amount.textContent = value;
  remark.textContent = note;
  group.append(term, amount, remark);
  return group;
}

function streamRow({ user, address, topics: followed, position, connectedAt, isLagging, pendingBytes }, now) {
  const lag = isLagging ? 'behind' : 'none';
  return [
    user ?? '–',
    address ?? '–',
    followed.length === 0 ? '–' : followed.join(', '),
    position ?? '–',
    duration(now - connectedAt),
    pendingBytes > 0 ? `${lag}, ${bytes(pendingBytes)} pending` : lag,
  ];
}

function sum(byReason) {
  return Object.values(byReason).reduce((total, value) => total + value, 0);
}

function count(value) {
  return value.toLocaleString('en');
}

function rate(perSecond) {
  return perSecond === undefined ? '–' : perSecond.toLocaleString('en', { maximumFractionDigits: 1 });
}

function bytes(value) {
  if (value === undefined) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const unit = Math.min(Math.floor(Math.log2(Math.max(value, 1)) / 10), units.length - 1);
  return `${(value / 1_024 ** unit).toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

function duration(milliseconds) {
  const seconds = Math.max(Math.round(milliseconds / 1_000), 0);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
}

const stream = new LiveStream('/hub/events', { snapshot: ({ data }) => show(JSON.parse(data)) }, (state) => {
  status.show(state);
  element('pause').textContent = state === 'paused' ? 'Resume' : 'Pause';
});

element('pause').addEventListener('click', ({ target }) => {
  if (target.textContent === 'Pause') stream.pause();
  else stream.resume();
});
