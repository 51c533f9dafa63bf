import { shown, SseError } from '../errors/sse-error.js';

/** That an event cannot be found by its id, since that would find another. */
export function idReused(id: string | undefined): SseError {
  return new SseError(
    'ID_REUSED',
    `the id ${shown(id)} belongs to an earlier event of the topic, and another one came between; only consecutive events may share an id`,
  );
}

export function logClosed(): SseError {
  return new SseError('HUB_CLOSED', 'the log is closed; nothing can be published any more');
}

/** @param make what makes a log of this kind */
export function logTaken(make: string): SseError {
  return new SseError(
    'INVALID_OPTION',
    `the log belongs to another hub already, and would tell that one of no event any more; make a ${make}() for each hub`,
  );
}
