const UNITS = { us: 'µs', percent: '%' };

/** A measured value with its unit, with some three digits that count. */
export function amount(value, unit) {
  return `${digits(value)} ${UNITS[unit] ?? unit}`;
}

/** The lowest and the highest of an interval, with the unit once. */
export function span({ low, high }, unit) {
  return `${digits(low)} to ${amount(high, unit)}`;
}

/** A ratio, or a difference with its sign and unit. */
export function comparison(value, { isDifference }, unit) {
  if (!isDifference) return value.toFixed(2);
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

function digits(value) {
  const size = Math.abs(value);
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : 3;
  return value.toLocaleString('en', { minimumFractionDigits: places, maximumFractionDigits: places });
}
