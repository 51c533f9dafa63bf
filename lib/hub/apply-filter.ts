import { SseError } from '../errors/sse-error.js';
import type { LogRecord } from '../log/event-log.js';
import { toVisibleEvent, type VisibleEvent } from './visible-event.js';

/**
 * The records that a filter lets through.
 * @throws SseError `FILTER_FAILED` when it throws, or answers with anything but true and false
 */
export function applyFilter(
  filter: (event: VisibleEvent) => boolean,
  records: readonly LogRecord[],
  epoch: string,
): readonly LogRecord[] {
  try {
    return records.filter((record) => passes(filter(toVisibleEvent(record, epoch))));
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
