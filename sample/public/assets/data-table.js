/**
 * Fills a table with rows that are made anew each time. On a phone the style sheet makes blocks of its parts, which
 * would cost them what they are to a screen reader; their roles say it in words.
 */
export class DataTable {
  #body;
  #columns;
  #empty;

  /**
   * @param columns `{ title, isNumber? }`, from left to right
   * @param empty what is said when there are no rows
   */
  constructor(table, columns, empty) {
    this.#columns = columns;
    this.#empty = empty;
    table.setAttribute('role', 'table');
    const head = part(table.createTHead(), 'rowgroup');
    const row = part(head.insertRow(), 'row');
    row.append(...columns.map(({ title, isNumber }) => headCell(title, isNumber)));
    this.#body = part(table.createTBody(), 'rowgroup');
  }

  /** @param rows arrays of texts, one for each column */
  show(rows) {
    if (rows.length === 0) this.#body.replaceChildren(this.#emptyRow());
    else this.#body.replaceChildren(...rows.map((texts) => this.#row(texts)));
  }

  #row(texts) {
    const row = part(document.createElement('tr'), 'row');
    for (const [index, { title, isNumber }] of this.#columns.entries()) {
      const cell = part(row.insertCell(), 'cell');
      cell.dataset.title = title;
      cell.textContent = texts[index];
      if (isNumber) cell.className = 'number';
    }
    return row;
  }

  #emptyRow() {
    const row = part(document.createElement('tr'), 'row');
    const cell = part(row.insertCell(), 'cell');
    cell.colSpan = this.#columns.length;
    cell.className = 'none';
    cell.textContent = this.#empty;
    return row;
  }
}

function headCell(title, isNumber) {
  const cell = part(document.createElement('th'), 'columnheader');
  cell.scope = 'col';
  cell.textContent = title;
  if (isNumber) cell.className = 'number';
  return cell;
}

function part(element, role) {
  element.setAttribute('role', role);
  return element;
}
