import { clockTime, timeElement } from './notices.js';
import { PriceChart } from './price-chart.js';
import { PriceHistory } from './price-history.js';

/** Everything that the page shows of one symbol: a chart, and a row of the table. */
export class PriceCard {
  #history = new PriceHistory();
  #chart;
  #canvas;
  #symbol;
  #price = output('price');
  #change = output('change');
  #hovered = output('hovered');
  #cells;
  #isDue = false;

  constructor(symbol, charts, rows) {
    this.#symbol = symbol;
    this.#addChart(charts);
    this.#addRow(rows);
  }

  /** The latest price, as it is shown. */
  get price() {
    return this.#price.textContent;
  }

  /** False when the price was there before. */
  add(milliseconds, price) {
    const isNew = this.#history.add(milliseconds, price);
    if (isNew) this.#showSoon();
    return isNew;
  }

  break() {
    this.#history.break();
  }

  /** Once a frame, however many prices a resumed stream brings at once. */
  #showSoon() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#show();
    });
  }

  #show() {
    const { latest, first, lowest, highest, received, times } = this.#history;
    if (latest === null) return;
    const change = (latest / first - 1) * 100;
    this.#price.textContent = latest.toFixed(2);
    this.#change.textContent = `${change < 0 ? '▼' : '▲'} ${Math.abs(change).toFixed(2)} %`;
    this.#change.dataset.direction = change < 0 ? 'down' : 'up';
    this.#canvas.setAttribute(
      'aria-label',
      `Chart of ${this.#symbol}, now ${latest.toFixed(2)}, between ${lowest.toFixed(2)} and ${highest.toFixed(2)} since this page was opened`,
    );
    const at = timeElement(new Date(times.at(-1) * 1_000));
    const texts = [latest.toFixed(2), lowest.toFixed(2), highest.toFixed(2), String(received), at];
    for (const [index, text] of texts.entries()) this.#cells[index].replaceChildren(text);
    this.#chart.draw();
  }

  #addChart(charts) {
    const figure = document.createElement('figure');
    const caption = document.createElement('figcaption');
    const name = document.createElement('h2');
    this.#canvas = document.createElement('div');
    name.textContent = this.#symbol;
    caption.append(name, this.#price, this.#change, this.#hovered);
    this.#canvas.className = 'chart';
    this.#canvas.setAttribute('role', 'img');
    this.#canvas.setAttribute('aria-label', `Chart of ${this.#symbol}, no prices yet`);
    figure.className = 'card';
    figure.append(caption, this.#canvas);
    charts.append(figure);
    this.#chart = new PriceChart(this.#canvas, this.#history, (index) => this.#hover(index));
  }

  #addRow(rows) {
    const row = rows.insertRow();
    const head = document.createElement('th');
    head.scope = 'row';
    head.textContent = this.#symbol;
    row.append(head);
    this.#cells = Array.from({ length: 5 }, () => {
      const cell = row.insertCell();
      cell.className = 'number';
      cell.textContent = '–';
      return cell;
    });
  }

  #hover(index) {
    const price = index === undefined ? undefined : this.#history.prices[index];
    this.#hovered.textContent =
      price == null
        ? ''
        : `${price.toFixed(2)} at ${clockTime(new Date(this.#history.times[index] * 1_000))}`;
  }
}

function output(name) {
  const element = document.createElement('span');
  element.className = name;
  return element;
}
