/** Text that is HTML already. */
class Markup {
  #text;

  constructor(text) {
    this.#text = text;
  }

  toString() {
    return this.#text;
  }
}

/**
 * A template of HTML. What is put into it is text and becomes no markup, unless it is a template's outcome itself; lists
 * are joined, and nothing is written for `undefined` and `false`.
 */
export function markup(strings, ...values) {
  return new Markup(String.raw({ raw: strings }, ...values.map(asMarkup)));
}

/** Takes a text as HTML, unescaped: for what comes from this repository's files. */
export function trusted(text) {
  return new Markup(text);
}

export function escapeMarkup(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function asMarkup(value) {
  if (value instanceof Markup) return value.toString();
  if (Array.isArray(value)) return value.map(asMarkup).join('');
  if (value === undefined || value === false) return '';
  return escapeMarkup(String(value));
}
