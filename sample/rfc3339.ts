/** A date as RFC 3339 writes it, in local time with its offset: `2023-04-10T23:48:55.019+08:00`. */
export function rfc3339(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1);
  return `${local}${minutes < 0 ? '-' : '+'}${twoDigits(minutes / 60)}:${twoDigits(minutes % 60)}`;
}

function twoDigits(value: number): string {
  return String(Math.trunc(Math.abs(value))).padStart(2, '0');
}
