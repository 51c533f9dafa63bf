// A page may stay open for days.
const MOST_NOTICES = 100;

const GAPS = {
  evicted: 'They are older than what the server keeps.',
  epoch: 'The server has started anew, and its history with it.',
  'unknown-id': 'The server does not know where this page left off; it may have started anew.',
  lag: 'This page read too slowly.',
};

/** What the data of a `gap` event says, in words; `what` is missing. */
export function gapText(event, what) {
  const { reason, count } = JSON.parse(event.data);
  const missing =
    count === undefined ? `Some ${what} are missing here.` : `${count} ${what} are missing here.`;
  return `${missing} ${GAPS[reason] ?? ''}`.trim();
}

export function clockTime(date = new Date()) {
  return date.toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
}

export function timeElement(date) {
  const time = document.createElement('time');
  time.dateTime = date.toISOString();
  time.textContent = clockTime(date);
  return time;
}

/** Adds a line to a list of notices; `kind` is what it looks like. */
export function addNotice(list, text, kind = 'plain') {
  const item = document.createElement('li');
  const words = document.createElement('span');
  item.dataset.kind = kind;
  words.textContent = text;
  item.append(timeElement(new Date()), words);
  list.append(item);
  if (list.children.length > MOST_NOTICES) list.firstElementChild.remove();
  list.parentElement.scrollTop = list.parentElement.scrollHeight;
}
