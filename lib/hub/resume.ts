import type { GapReason } from '../errors/gap-reason.js';
import { andThen, type Awaitable } from '../log/awaitable.js';
import type { EventLog, Located, LogStart } from '../log/event-log.js';
import { parsePosition } from '../log/position.js';
import type { TopicKey } from '../log/topic-key.js';
import type { HubStream } from './hub-stream.js';

/** Where a stream begins. */
export interface Resumption {
  readonly offset: number;
  /** Losses of a topic up to here concern this stream not. */
  readonly forgiven: Located['forgiven'];
  /** Why the client cannot have everything since the id that it has sent. */
  readonly lost: Exclude<GapReason, 'lag'> | undefined;
}

/** Who begins: the stream, and the topics that it follows, which may be more than it names. */
export interface Beginner {
  readonly log: EventLog;
  readonly stream: HubStream;
  readonly keys: Iterable<TopicKey>;
}

/** Where a stream begins: after the id that the client has sent, or where the stream says. */
export function resume(beginner: Beginner, lastEventId: string | undefined): Awaitable<Resumption> {
  const { log, stream } = beginner;
  const start: HubStream['start'] = lastEventId === undefined ? stream.start : { id: lastEventId };
  if (start === 'tail') return andThen(log.end(), at);
  const position = typeof start === 'object' && 'id' in start ? parsePosition(start.id) : undefined;
  if (position === undefined) return locate(beginner, start);
  if (position.epoch !== log.epoch) return restart(beginner, 'epoch');
  // A position that the log has not reached was never given to anybody.
  return andThen(log.end(), (end) =>
    position.offset <= end ? at(position.offset) : restart(beginner, 'unknown-id'),
  );
}

function at(offset: number): Resumption {
  return { offset, forgiven: new Map(), lost: undefined };
}

function locate(beginner: Beginner, start: LogStart): Awaitable<Resumption> {
  return andThen(beginner.log.locate(beginner.keys, start), (located) =>
    located.lost === undefined
      ? toResumption(located, undefined)
      : afterLoss(beginner, located, located.lost),
  );
}

/** The id says nothing about this log's history: everything that is retained may be new to the client. */
function restart(beginner: Beginner, lost: Resumption['lost']): Awaitable<Resumption> {
  return andThen(beginner.log.locate(beginner.keys, 'earliest'), (located) =>
    afterLoss(beginner, located, lost),
  );
}

function afterLoss(
  { log, stream }: Beginner,
  located: Located,
  lost: Resumption['lost'],
): Awaitable<Resumption> {
  const skips = stream.onLag === 'latest' || stream.initial !== undefined;
  return skips ? andThen(log.end(), (end) => ({ ...at(end), lost })) : toResumption(located, lost);
}

function toResumption({ after, forgiven }: Located, lost: Resumption['lost']): Resumption {
  return { offset: after, forgiven, lost };
}
