import { SseError } from '../errors/sse-error.js';
import type { LogRecord } from '../log/event-log.js';
import type { VisibleEvent } from './visible-event.js';

/**
 * The records that a filter lets through.
 * @param see gives a record as filters see it
 * @throws SseError `FILTER_FAILED` when the filter throws, or answers with anything but true and false
 */
export function applyFilter(
  filter: (event: VisibleEvent) => boolean,
  records: readonly LogRecord[],
  see: (record: LogRecord) => VisibleEvent,
): readonly LogRecord[] {
  try {
    return records.filter((record) => passes(filter(see(record))));
  } catch (cause) {
    throw new SseError('FILTER_FAILED', 'the filter of a stream failed; the stream has been ended', {
      cause,
    });
  }
}

function passes(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer;
  throw new TypeError('a filter must return true or false, at once; a promise cannot be waited for');
}
