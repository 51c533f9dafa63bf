const UNITS = { us: 'µs', x: '×' };

/** A measured value with its unit, with some three digits that count. */
export function amount(value, unit) {
  const { divisor, name } = scaled(value, unit);
  return `${digits(value / divisor)} ${name}`;
}

export function unitName(unit) {
  return UNITS[unit] ?? unit;
}

/** The lowest and the highest of an interval, with the unit once. */
export function span({ low, high }, unit) {
  const { divisor, name } = scaled(high, unit);
  return `${digits(low / divisor)} to ${digits(high / divisor)} ${name}`;
}

/** A ratio, or a difference with its sign and unit. */
export function comparison(value, { isDifference }, unit) {
  if (!isDifference) return value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 1);
  return `${value < 0 ? '−' : '+'}${amount(Math.abs(value), unit)}`;
}

/** The same with its interval. */
export function comparisonSpan(ratio, unit) {
  const [median, low, high] = [ratio.median, ratio.low, ratio.high].map((value) =>
    comparison(value, ratio, unit),
  );
  return `${median} (${low} to ${high})`;
}

/** What a ratio is to be, at the most or at the least. */
export function goalText(ratio, { better, unit }) {
  return `${better === 'lower' ? 'at most' : 'at least'} ${comparison(ratio.goal, ratio, unit)}`;
}

export function count(value) {
  return value.toLocaleString('en');
}

/** How a commit is called that was not measured as it is. */
export function commitName({ commit, isDirty }) {
  return `${commit.slice(0, 7)}${isDirty ? ' with changes' : ''}`;
}

export function rounds(value) {
  return value === 1 ? '1 round' : `${count(value)} rounds`;
}

export function percent(share) {
  return `${Math.round(share * 100)} %`;
}

export function gibibytes(bytes) {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** The day, and the minute where wanted, in UTC. */
export function day(date) {
  return new Date(date).toISOString().slice(0, 10);
}

export function minute(date) {
  return `${new Date(date).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Large rates are told in thousands and millions. */
function scaled(value, unit) {
  const name = unitName(unit);
  if (!unit.startsWith('/') || value < 10_000) return { divisor: 1, name };
  return value < 1e6 ? { divisor: 1e3, name: `k${name}` } : { divisor: 1e6, name: `M${name}` };
}

function digits(value) {
  const size = Math.abs(value);
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3;
  return value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });
}
